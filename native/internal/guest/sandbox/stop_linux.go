package sandbox

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// How long the kernel may take to end processes that were killed: one in the middle of a disk
// write finishes it first.
const killLimit = 5 * time.Second

// Terminate asks every process to end, waits at most grace, and kills what is left, the
// namespaces' init last. It reports whether all are gone.
func (s *Sandbox) Terminate(grace time.Duration) bool {
	// A frozen process takes no signal.
	_ = s.Thaw()
	s.endPauses()
	if grace > 0 {
		s.cgroup.signal(unix.SIGTERM)
		s.cgroup.signal(unix.SIGCONT) // a stopped process must wake to end
		s.cgroup.waitEmpty(grace)
	}
	killErr := s.cgroup.kill()
	empty := s.cgroup.waitEmpty(killLimit)
	_ = unix.Kill(s.initPID, unix.SIGKILL)
	_, waitErr := unix.Wait4(s.initPID, nil, 0, nil)
	return empty && killErr == nil && waitErr == nil
}

// Kill ends the processes at once; a Terminate under way stops waiting for them.
func (s *Sandbox) Kill() { _ = s.cgroup.kill() }

// Release flushes and unmounts the sandbox's disk. No process may be left and every descriptor
// below Root must be closed. clean is false when something still holds the disk: then it is only
// flushed, which its journal makes whole at the next mount.
func (s *Sandbox) Release() (clean bool, err error) {
	// First, so that little is left to write while the disk is being unmounted.
	unix.Sync()
	for _, fd := range []int{s.root, s.upper, s.image, s.pts, s.disk} {
		_ = unix.Close(fd)
	}
	var leave error
	s.launcher.do(func() {
		// The last member of the mount namespace leaves: the kernel unmounts all of it.
		leave = unix.Setns(s.agentNS, unix.CLONE_NEWNS)
	})
	if leave != nil {
		return false, fmt.Errorf("leave the sandbox: %w", leave)
	}
	return s.flushDisk()
}

// flushDisk tells by an exclusive open, which a mount excludes, whether the disk is free.
func (s *Sandbox) flushDisk() (clean bool, err error) {
	disk, err := os.OpenFile(s.disks.RW, os.O_RDWR|unix.O_EXCL, 0)
	if errors.Is(err, unix.EBUSY) {
		unix.Sync()
		disk, err = os.OpenFile(s.disks.RW, os.O_RDWR, 0)
		if err != nil {
			return false, err
		}
		return false, errors.Join(disk.Sync(), disk.Close())
	}
	if err != nil {
		return false, err
	}
	return true, errors.Join(disk.Sync(), disk.Close())
}
