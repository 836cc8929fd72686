package detach

import (
	"os"

	"golang.org/x/sys/unix"
)

func duplicate(file *os.File, fd int) error { return unix.Dup2(int(file.Fd()), fd) }
