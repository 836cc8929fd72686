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
	mounts, roots []int
	err           error
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
		mounts, roots, err := Take(fds[1])
		result <- taken{mounts, roots, errors.Join(err, unix.Close(fds[1]))}
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
	var given []int
	for range 2 * volumewire.MaxVolumes {
		file, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		given = append(given, int(file.Fd()))
	}
	err := Give(agent, given[:volumewire.MaxVolumes], given[volumewire.MaxVolumes:])
	if err := errors.Join(err, unix.Close(agent)); err != nil {
		t.Fatal(err)
	}
	got := <-result
	if got.err != nil {
		t.Fatal(got.err)
	}
	for i, fd := range append(append([]int(nil), got.mounts...), got.roots...) {
		if inode(t, fd) != inode(t, given[i]) {
			t.Errorf("descriptor %d is another file", i)
		}
		_ = unix.Close(fd)
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
}
