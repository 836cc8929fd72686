package vmm

import (
	"errors"

	"golang.org/x/sys/unix"
)

// stopped is p_stat of a process that stands still.
const stopped = 4

// hasStopped tells whether a child that was told to stop does. Waiting for a child's stop cannot be told from waiting for
// its end here.
func hasStopped(pid int) (bool, error) {
	found, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err == nil && int(found.Proc.P_pid) != pid {
		err = errors.New("it has ended")
	}
	return err == nil && found.Proc.P_stat == stopped, err
}
