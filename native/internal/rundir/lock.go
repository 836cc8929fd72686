package rundir

import (
	"os"

	"golang.org/x/sys/unix"
)

// The lock belongs to the open file description: it lasts until the last process that inherited it
// has ended, in whatever way.

func tryLock(file *os.File) error {
	return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

func waitLock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX)
		if err != unix.EINTR {
			return err
		}
	}
}
