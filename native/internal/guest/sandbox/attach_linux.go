package sandbox

import "golang.org/x/sys/unix"

// Attach puts a detached mount onto a file or folder of the sandbox.
func (s *Sandbox) Attach(mount, onto int) (err error) {
	const byDescriptor = unix.MOVE_MOUNT_F_EMPTY_PATH | unix.MOVE_MOUNT_T_EMPTY_PATH
	s.launcher.do(func() { err = unix.MoveMount(mount, "", onto, "", byDescriptor) })
	return err
}
