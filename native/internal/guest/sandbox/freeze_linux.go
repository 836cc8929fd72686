package sandbox

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Freeze holds every program still and then flushes the disk, both within limit. What is not done in
// time is told; a flush goes on. Freeze, Thaw and Terminate are not called at the same time.
func (s *Sandbox) Freeze(limit time.Duration) (frozen, flushed bool) {
	if !s.frozen {
		s.hold()
		s.frozen = true
	}
	end := time.Now().Add(limit)
	frozen = s.cgroup.freeze(limit)
	done := make(chan error, 1)
	root, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", s.root), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return frozen, false
	}
	go func() {
		defer func() { _ = unix.Close(root) }()
		done <- unix.Syncfs(root)
	}()
	select {
	case err := <-done:
		return frozen, err == nil
	case <-time.After(max(time.Until(end), 0)):
		return frozen, false
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

// Rename gives the sandbox another host name and boot id. It uses paths of the sandbox, which are its
// programs' to spoil, for themselves.
func (s *Sandbox) Rename(hostname, bootID string) (err error) {
	s.launcher.do(func() {
		const source = "/.sandbox/.boot_id"
		// Of an earlier life: nothing can be mounted on a file that is deleted.
		if err = unix.Unmount(bootIDFile, unix.MNT_DETACH); errors.Is(err, unix.EINVAL) {
			err = nil // none
		}
		err = errors.Join(
			err,
			unix.Sethostname([]byte(hostname)),
			os.WriteFile(source, []byte(bootID+"\n"), 0o444),
			unix.Mount(source, bootIDFile, "", unix.MS_BIND, ""),
			os.Remove(source),
		)
	})
	return err
}
