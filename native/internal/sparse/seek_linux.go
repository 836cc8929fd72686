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
