// Package detach makes a process independent of the one that started it.
package detach

import (
	"errors"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Begin comes first in the process: it keeps nothing of the starter's but the standard streams.
func Begin() error {
	IgnoreStarter()
	if err := closeInherited(); err != nil {
		return err
	}
	return os.Chdir("/")
}

// IgnoreStarter is all of Begin that is left for a process whose starter has given it nothing unasked.
func IgnoreStarter() { signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE) }

// Finish gives the standard streams back. What the runtime prints when it dies goes to crashPath.
func Finish(crashPath string) error {
	crash, err := os.OpenFile(crashPath, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		// Then it is lost.
		if crash, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
			return err
		}
	}
	return FinishTo(crash)
}

// FinishTo is Finish with an open file, which it takes over.
func FinishTo(crash *os.File) error {
	defer crash.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	return errors.Join(
		duplicate(null, syscall.Stdin),
		duplicate(null, syscall.Stdout),
		duplicate(crash, syscall.Stderr),
	)
}

// closeInherited closes what came through exec: those descriptors, and only those, do not close on
// exec. The runtime's own do.
func closeInherited() error {
	const folder = "/dev/fd" // also a link to /proc/self/fd
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil || fd <= syscall.Stderr {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err == nil && flags&unix.FD_CLOEXEC == 0 {
			unix.Close(fd)
		}
	}
	return nil
}
