package volume

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// mountHanging mounts a file system that knows its root and answers no lookup, until release.
func mountHanging(t *testing.T) (folder string, release func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a file system that hangs is mounted by root")
	}
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no FUSE here: %v", err)
	}
	folder = filepath.Join(t.TempDir(), "hanging")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	options := "fd=" + strconv.Itoa(fd) + ",rootmode=40000,user_id=0,group_id=0"
	if err := unix.Mount("hanging", folder, "fuse", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		_ = unix.Close(fd)
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		answerRoot(fd)
	}()
	var once sync.Once
	release = func() {
		once.Do(func() {
			// Whoever waits is let go, and the server's read ends.
			if err := errors.Join(abort(folder), unix.Unmount(folder, unix.MNT_DETACH)); err != nil {
				t.Error(err)
			}
			<-ended
			_ = unix.Close(fd)
		})
	}
	// Who waits for it cannot be killed: no failure of the test may leave that behind.
	watchdog := time.AfterFunc(time.Minute, release)
	t.Cleanup(func() { watchdog.Stop() })
	t.Cleanup(release)
	return folder, release
}

// abort ends the connection of a FUSE mount without asking its server.
func abort(folder string) error {
	var info unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, folder, unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &info); err != nil {
		return err
	}
	control := "/sys/fs/fuse/connections"
	var mounted unix.Statfs_t
	const fusectl = 0x65735543
	if err := unix.Statfs(control, &mounted); err != nil || mounted.Type != fusectl {
		if err := unix.Mount("fusectl", control, "fusectl", 0, ""); err != nil {
			return err
		}
		defer func() { _ = unix.Unmount(control, unix.MNT_DETACH) }()
	}
	return os.WriteFile(filepath.Join(control, strconv.Itoa(int(info.Dev_minor)), "abort"), []byte("1"), 0)
}

func answerRoot(fd int) {
	buffer := make([]byte, volumewire.MaxRequest)
	for {
		n, err := unix.Read(fd, buffer)
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil || n < fuse.InHeaderBytes {
			return
		}
		request, answer := fuse.ParseHeader(buffer), fuse.NewAnswer(nil)
		switch request.Opcode {
		case fuse.OpInit:
			answer.Init(fuse.Limits{Minor: minMinor, MaxWrite: 4096})
		case fuse.OpGetattr:
			answer.Attr(&fuse.Attr{Inode: 1, Mode: unix.S_IFDIR | 0o755, Links: 2}, time.Hour)
		case fuse.OpStatfs:
			answer.Statfs(fuse.Statfs{BlockSize: 4096, NameBytes: 255})
		case fuse.OpLookup, fuse.OpForget, fuse.OpInterrupt:
			continue
		default:
			_, _ = unix.Write(fd, answer.Finish(request.Unique, uint32(unix.ENOSYS)))
			continue
		}
		_, _ = unix.Write(fd, answer.Finish(request.Unique, 0))
	}
}

// A file system of the host's that does not answer stops its own volume, and who is killed meanwhile is let go.
func TestAHangingVolume(t *testing.T) {
	folder, release := mountHanging(t)
	fine := t.TempDir()
	server, err := Open([]Config{{Host: folder}, {Host: fine}})
	if err != nil {
		t.Fatal(err)
	}
	server.pending.hung = 100 * time.Millisecond
	g := &guest{t: t, folder: fine, conn: serveOver(t, server)}
	defer release() // before the server's end, which waits for its requests
	write(t, g.host("file"), "text")

	const asked = 3 * maxCalls
	unique := func(i int) uint64 { return uint64(2*i + 1<<20) }
	for i := range asked {
		if _, err := g.conn.Write(request(fuse.OpLookup, unique(i), fuse.RootID, body("lost"))); err != nil {
			t.Fatal(err)
		}
	}
	g.unique |= 1 << volumewire.MountShift // from here on the other volume
	for range 3 {
		file := g.mustLookup(fuse.RootID, "file")
		if text, err := g.read(file); err != nil || text != "text" {
			t.Fatalf("%q %v", text, err)
		}
	}
	for _, i := range []int{0, 1, asked - 1} {
		if _, err := g.conn.Write(request(fuse.OpInterrupt, unique(i)|1, 0, body(unique(i)))); err != nil {
			t.Fatal(err)
		}
	}
	interrupted := map[uint64]bool{}
	for len(interrupted) < 3 {
		head, _ := g.receive()
		if code := int32(binary.LittleEndian.Uint32(head[4:])); code != -int32(unix.EINTR) {
			t.Fatalf("answered with %d", code)
		}
		interrupted[binary.LittleEndian.Uint64(head[8:])] = true
	}
	if !interrupted[unique(0)] || !interrupted[unique(1)] || !interrupted[unique(asked-1)] {
		t.Errorf("interrupted: %v", interrupted)
	}
	release()
	for range asked - 3 {
		head, _ := g.receive()
		if number := binary.LittleEndian.Uint64(head[8:]); interrupted[number] {
			t.Errorf("%d is answered twice", number)
		}
	}
}
