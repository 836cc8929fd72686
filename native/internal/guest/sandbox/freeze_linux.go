package sandbox

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Freeze holds every program still with the disk flushed, both within limit. What is not done in time is
// told; a flush goes on. Freeze, Thaw and Terminate are not called at the same time.
func (s *Sandbox) Freeze(limit time.Duration) (frozen, flushed bool) {
	end := time.Now().Add(limit)
	// Most of it while they run: they stand still for the rest only.
	s.flush(time.Now().Add(limit / 2))
	if !s.frozen {
		s.heldSince = time.Now()
		s.hold()
		s.frozen = true
	}
	frozen = s.cgroup.freeze(time.Until(end))
	return frozen, s.flush(end)
}

// HeldSince is when programs were last held still.
func (s *Sandbox) HeldSince() time.Time { return s.heldSince }

// flush tells whether everything was on the disk by end.
func (s *Sandbox) flush(end time.Time) bool {
	root, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", s.root), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	done := make(chan error, 1)
	go func() {
		defer func() { _ = unix.Close(root) }()
		done <- unix.Syncfs(root)
	}()
	select {
	case err := <-done:
		return err == nil
	case <-time.After(max(time.Until(end), 0)):
		return false
	}
}

// Thaw lets the programs go on, and new ones start.
func (s *Sandbox) Thaw() error {
	if s.frozen {
		s.frozen = false
		return s.letGo()
	}
	return nil
}

const bootIDFile = "/proc/sys/kernel/random/boot_id"

// OpenBootID opens a file that can be written to and is the sandbox's boot id. It uses paths of the
// sandbox, which are its programs' to spoil, for themselves.
func (s *Sandbox) OpenBootID() (fd int, err error) {
	s.launcher.do(func() {
		const flags = unix.O_WRONLY | unix.O_CLOEXEC
		// The kernel's own is for reading only: one that opens is ours.
		if fd, err = unix.Open(bootIDFile, flags, 0); err == nil {
			return
		}
		if err = replaceBootID(); err == nil {
			fd, err = unix.Open(bootIDFile, flags, 0)
		}
	})
	return fd, err
}

func replaceBootID() error {
	const source = "/.sandbox/.boot_id"
	id, err := os.ReadFile(bootIDFile)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(source, id, 0o444),
		unix.Mount(source, bootIDFile, "", unix.MS_BIND, ""),
		os.Remove(source),
	)
}

// SetHostname gives the sandbox another host name.
func (s *Sandbox) SetHostname(name string) (err error) {
	s.launcher.do(func() { err = unix.Sethostname([]byte(name)) })
	return err
}
