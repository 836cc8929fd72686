package rootfs

import (
	"os"

	"golang.org/x/sys/unix"
)

func punchHole(file *os.File, offset, size int64) error {
	const mode = unix.FALLOC_FL_PUNCH_HOLE | unix.FALLOC_FL_KEEP_SIZE
	for {
		err := unix.Fallocate(int(file.Fd()), mode, offset, size)
		if err != unix.EINTR {
			return os.NewSyscallError("fallocate", err)
		}
	}
}
