package sandbox

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// PTY is a pseudo-terminal of the sandbox, whose programs know it as /dev/pts/N.
type PTY struct {
	Master   *os.File // parks in Go's poller
	Terminal *os.File // the program's end
}

// OpenPTY makes a pseudo-terminal.
func (s *Sandbox) OpenPTY(size unix.Winsize) (PTY, error) {
	fd, err := unix.Openat(s.pts, "ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return PTY{}, fmt.Errorf("open a pseudo-terminal: %w", err)
	}
	terminal, err := openTerminal(fd, size)
	if err != nil {
		_ = unix.Close(fd)
		return PTY{}, err
	}
	return PTY{Master: os.NewFile(uintptr(fd), "ptmx"), Terminal: terminal}, nil
}

func openTerminal(master int, size unix.Winsize) (*os.File, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return nil, fmt.Errorf("unlock the pseudo-terminal: %w", err)
	}
	if err := unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, &size); err != nil {
		return nil, fmt.Errorf("set the terminal's size: %w", err)
	}
	// TIOCGPTPEER needs no path, so nothing that programs do to /dev matters.
	peer, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return nil, fmt.Errorf("open the terminal's end: %w", errno)
	}
	return os.NewFile(peer, "pts"), nil
}
