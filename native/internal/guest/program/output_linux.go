package program

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/scrollback"
)

const (
	// A pipe starts with the kernel's 64 KiB. One that fills up is made this large: fewer switches
	// between program and agent for the same bytes.
	bulkPipe    = 1 << 20
	defaultPipe = 64 << 10
)

// pump moves output from a pipe or terminal to the ring, in two parts: run while the program lives,
// then drain. It must not wait for the end of file alone: a background program may hold the other
// end for good.
type pump struct {
	file   *os.File
	raw    syscall.RawConn
	stream scrollback.Stream
	ring   *scrollback.Ring
	bulk   bool
}

func newPump(file *os.File, stream scrollback.Stream, ring *scrollback.Ring) (*pump, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &pump{file: file, raw: raw, stream: stream, ring: ring}, nil
}

// run returns at the end of file, or when the file's read deadline is set to the past.
func (p *pump) run() {
	for {
		var end bool
		err := p.raw.Read(func(fd uintptr) bool {
			n, err := p.fill(fd)
			end = n <= 0 && !errors.Is(err, unix.EAGAIN)
			return n > 0 || end
		})
		if err != nil || end {
			return
		}
	}
}

// drain takes what the program has left behind: at most what a pipe can hold.
func (p *pump) drain() {
	_ = p.raw.Control(func(fd uintptr) {
		for taken := 0; taken < bulkPipe; {
			n, _ := p.fill(fd)
			if n <= 0 {
				return
			}
			taken += n
		}
	})
	_ = p.file.Close()
}

func (p *pump) fill(fd uintptr) (int, error) {
	n, err := p.ring.Fill(p.stream, func(space []byte) (int, error) {
		for {
			n, err := unix.Read(int(fd), space)
			if !errors.Is(err, unix.EINTR) {
				return n, err
			}
		}
	})
	if n >= defaultPipe && !p.bulk {
		p.bulk = true
		// Refused for a terminal, and harmless.
		_, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, bulkPipe)
	}
	return n, err
}

// pipe makes a pipe of which the agent's end parks in Go's poller and the program's end blocks as
// programs expect.
func pipe(agentReads bool) (agent, program *os.File, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, err
	}
	ours, theirs := fds[0], fds[1]
	if !agentReads {
		ours, theirs = theirs, ours
	}
	if err := unix.SetNonblock(ours, true); err != nil {
		return nil, nil, errors.Join(err, unix.Close(ours), unix.Close(theirs))
	}
	return os.NewFile(uintptr(ours), "pipe"), os.NewFile(uintptr(theirs), "pipe"), nil
}

func closeAll(closers ...io.Closer) {
	for _, c := range closers {
		_ = c.Close()
	}
}
