package sparse

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	seekData = unix.SEEK_DATA
	seekHole = unix.SEEK_HOLE
)

func cloneBlocks(target, source *os.File) error {
	return unix.IoctlFileClone(int(target.Fd()), int(source.Fd()))
}

// copyInKernel tells how much it has copied; an error means that it can be done otherwise.
func copyInKernel(target, source *os.File, to, from, length int64) (int64, error) {
	n, err := unix.CopyFileRange(int(source.Fd()), &from, int(target.Fd()), &to, int(length), 0)
	return int64(n), err
}
