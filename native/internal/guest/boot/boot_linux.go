// Package boot takes over a guest whose kernel has just started the agent as its process 1.
package boot

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/guest/nic"
)

const (
	// Near its limit the collector runs all the time, and it is slow under emulation: so the limit is
	// far above what bulk data needs (some 9 MiB), there for the day when hundreds of clients stall.
	memoryLimit = 32 << 20

	openFiles    = 64 << 10
	openFilesMax = 512 << 10
)

// Prepare mounts what the agent reads, sets its own limits, from which programs get theirs, and
// raises the network interfaces.
func Prepare() error {
	debug.SetMemoryLimit(memoryLimit)
	mounts := []struct{ kind, target string }{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}}
	const flags = unix.MS_NOSUID | unix.MS_NOEXEC
	for _, m := range mounts {
		// The kernel has mounted /dev already when it was built to.
		if err := unix.Mount(m.kind, m.target, m.kind, flags, ""); err != nil && !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	if err := errors.Join(relaxTimers(), forgetHelper()); err != nil {
		return err
	}
	// Through package syscall, which otherwise puts the old limit back in every program it starts.
	limit := syscall.Rlimit{Cur: openFiles, Max: openFilesMax}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("raise the limit of open files: %w", err)
	}
	unix.Umask(0o022)
	return errors.Join(raiseLoopback(), nic.Prepare())
}

// Fail says why the agent cannot go on and ends the guest: the kernel panics when its process 1
// does, which the supervisor sees.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, "agent:", err)
	os.Exit(1)
}
