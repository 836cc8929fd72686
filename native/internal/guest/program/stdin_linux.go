package program

import (
	"errors"
	"os"
	"sync"
)

// endOfFile is what a terminal's line discipline takes for the end of input.
const endOfFile = 0x04

// stdin is a program's input, from any number of clients one message at a time. A write parks
// while the program does not read; closing wakes it.
type stdin struct {
	file *os.File // nil: the program has none
	tty  bool     // file is the terminal's master, which belongs to the output

	turn sync.Mutex // held for a whole message
}

var errNoStdin = errors.New("the program takes no input")

// write reports errors only to a caller that could have known better: a program that stopped
// reading, or ended, swallows the rest as a terminal would.
func (s *stdin) write(data []byte) error {
	if s.file == nil {
		return errNoStdin
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	_, _ = s.file.Write(data)
	return nil
}

// end closes the input, once what was written before has gone out.
func (s *stdin) end() {
	if s.file == nil {
		return
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.tty {
		_, _ = s.file.Write([]byte{endOfFile})
		return
	}
	_ = s.file.Close()
}

// abandon closes the input at once: nobody will read it any more.
func (s *stdin) abandon() {
	if s.file != nil && !s.tty {
		_ = s.file.Close()
	}
}
