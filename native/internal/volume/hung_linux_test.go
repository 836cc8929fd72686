package volume

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/hangingfs"
	"sandboxfile/native/internal/volumewire"
)

// mountHanging mounts a file system that knows its root and answers no lookup, until release.
func mountHanging(t *testing.T) (folder string, release func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a file system that hangs is mounted by root")
	}
	folder = filepath.Join(t.TempDir(), "hanging")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	mounted, err := hangingfs.Mount(folder, func() {})
	if errors.Is(err, hangingfs.ErrNoFUSE) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	release = func() {
		if err := mounted.Release(); err != nil {
			t.Error(err)
		}
	}
	// Who waits for it cannot be killed: no failure of the test may leave that behind.
	watchdog := time.AfterFunc(time.Minute, release)
	t.Cleanup(func() { watchdog.Stop() })
	t.Cleanup(release)
	return folder, release
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

// Whoever is being killed is let go at once, whether it was interrupted before that is said or after.
func TestWhoIsKilledIsLetGo(t *testing.T) {
	folder, release := mountHanging(t)
	server, err := Open([]Config{{Host: folder}})
	if err != nil {
		t.Fatal(err)
	}
	server.pending.hung = time.Hour
	g := &guest{t: t, folder: folder, conn: serveOver(t, server)}
	defer release()
	const before, after = uint64(1 << 20), uint64(1<<20 + 2)
	for _, unique := range []uint64{before, after} {
		if _, err := g.conn.Write(request(fuse.OpLookup, unique, fuse.RootID, body("lost"))); err != nil {
			t.Fatal(err)
		}
	}
	interrupted := func(unique uint64) {
		head, _ := g.receive()
		code, number := int32(binary.LittleEndian.Uint32(head[4:])), binary.LittleEndian.Uint64(head[8:])
		if code != -int32(unix.EINTR) || number != unique {
			t.Fatalf("%d is answered with %d", number, code)
		}
	}
	interrupt := func(unique uint64) {
		if _, err := g.conn.Write(request(fuse.OpInterrupt, unique|1, 0, body(unique))); err != nil {
			t.Fatal(err)
		}
	}
	interrupt(before)
	for !server.interrupted(before) {
		time.Sleep(time.Millisecond)
	}
	server.LetGo()
	interrupted(before)
	interrupt(after)
	interrupted(after)
}

func (s *Server) interrupted(unique uint64) bool {
	s.pending.mu.Lock()
	defer s.pending.mu.Unlock()
	call := s.pending.calls[unique]
	return call != nil && call.interrupted
}
