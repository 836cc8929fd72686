package sandbox

import "golang.org/x/sys/unix"

// Attach puts a detached mount onto a file or folder of the sandbox.
func (s *Sandbox) Attach(mount, onto int) (err error) {
	const byDescriptor = unix.MOVE_MOUNT_F_EMPTY_PATH | unix.MOVE_MOUNT_T_EMPTY_PATH
	s.launcher.do(func() { err = unix.MoveMount(mount, "", onto, "", byDescriptor) })
	return err
}

// Reach answers another way to what was attached, that is nowhere and may be written to.
func (s *Sandbox) Reach(mount int) (way int, err error) {
	const whole = unix.AT_EMPTY_PATH | unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC
	s.launcher.do(func() { way, err = unix.OpenTree(mount, "", whole) })
	if err != nil {
		return -1, err
	}
	writable := &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(way, "", unix.AT_EMPTY_PATH, writable); err != nil {
		_ = unix.Close(way)
		return -1, err
	}
	return way, nil
}
