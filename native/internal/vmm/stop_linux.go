package vmm

import (
	"errors"

	"golang.org/x/sys/unix"
)

// hasStopped tells whether all threads of a child that was told to stop do: none is inside a system call then.
func hasStopped(pid int) (bool, error) {
	for {
		var told unix.Siginfo
		// Its end is somebody else's to wait for.
		err := unix.Waitid(unix.P_PID, pid, &told, unix.WSTOPPED|unix.WNOHANG, nil)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && told.Signo != 0, err
		}
	}
}
