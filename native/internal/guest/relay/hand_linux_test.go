package relay

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/volumewire"
)

type taken struct {
	mounts []Mount
	err    error
}

// waiting is a relay's end in Take, and the agent's once that is known to wait.
func waiting(t *testing.T) (agent int, result chan taken) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	result = make(chan taken, 1)
	go func() {
		mounts, err := Take(fds[1])
		result <- taken{mounts, errors.Join(err, unix.Close(fds[1]))}
	}()
	if err := AwaitReady(fds[0]); err != nil {
		t.Fatal(err)
	}
	return fds[0], result
}

func inode(t *testing.T, fd int) uint64 {
	t.Helper()
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil {
		t.Fatal(err)
	}
	return info.Ino
}

func TestTheRelayIsGivenAsManyMountsAsThereMayBe(t *testing.T) {
	agent, result := waiting(t)
	open := func() int {
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = file.Close() })
		return int(file.Fd())
	}
	var given []Mount
	for number := range volumewire.MaxVolumes {
		given = append(given, Mount{volumewire.MaxVolumes - 1 - number, open(), open()})
	}
	err := Give(agent, given)
	if err := errors.Join(err, unix.Close(agent)); err != nil {
		t.Fatal(err)
	}
	got := <-result
	if got.err != nil {
		t.Fatal(got.err)
	}
	if len(got.mounts) != len(given) {
		t.Fatalf("%d mounts", len(got.mounts))
	}
	for i, mount := range got.mounts {
		want := given[i]
		if mount.Number != want.Number || inode(t, mount.Kernel) != inode(t, want.Kernel) || inode(t, mount.Root) != inode(t, want.Root) {
			t.Errorf("mount %d is another one", i)
		}
		_, _ = unix.Close(mount.Kernel), unix.Close(mount.Root)
	}
}

func TestARelayThatIsGivenNothingEnds(t *testing.T) {
	agent, result := waiting(t)
	if err := unix.Close(agent); err != nil {
		t.Fatal(err)
	}
	if got := <-result; !errors.Is(got.err, errEnded) {
		t.Errorf("%v", got.err)
	}
	agent, result = waiting(t)
	if _, err := unix.Write(agent, []byte{1}); err != nil {
		t.Fatal(err)
	}
	if got := <-result; !errors.Is(got.err, errMounts) {
		t.Errorf("mounts without descriptors: %v", got.err)
	}
	_ = unix.Close(agent)
	agent, result = waiting(t)
	if err := Give(agent, []Mount{{volumewire.MaxVolumes, 0, 0}}); err != nil {
		t.Fatal(err)
	}
	if got := <-result; !errors.Is(got.err, errMounts) {
		t.Errorf("a number beyond all: %v", got.err)
	}
	_ = unix.Close(agent)
}
