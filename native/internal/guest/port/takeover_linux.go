package port

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
)

const (
	// pieceBytes is what is read at once at least: a host sends a marker and more in one piece, and frames
	// are mostly smaller.
	pieceBytes = 4 << 10
	// maxMessage bounds what a host says that takes over.
	maxMessage = 64 << 10
)

// rejoin waits for a host that takes over, if none has, and skips what was for the old one.
func (p *Port) rejoin() (net.Conn, error) {
	for buffer := make([]byte, pieceBytes); !p.isFound(); {
		if _, err := p.read(p.file, buffer); err != nil {
			_ = p.file.Close()
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = false
	return p.connection(), nil
}

// read delivers what comes before the marker, then io.EOF.
func (p *Port) read(file *os.File, data []byte) (int, error) {
	if n, done, err := p.delivered(data); done {
		return n, err
	}
	piece := data
	if len(data) < pieceBytes {
		piece = make([]byte, pieceBytes)
	}
	read, err := 0, error(nil)
	for more := true; more && err == nil; {
		var n int
		n, err = file.Read(piece[read:])
		before, after, found := p.find(piece[read : read+n])
		if found {
			if err := p.takeOver(file, after); err != nil {
				return 0, err
			}
			return copy(data, piece[:before]), p.awaitNext(file)
		}
		read += n
		// A connection that got the beginning of a marker would take it for its own.
		if more = p.begins(piece[:read]); more {
			piece = append(make([]byte, 0, pieceBytes), piece[:read]...)[:pieceBytes]
		}
	}
	return p.deliver(data, piece[:read]), err
}

// takeOver ends the connection that there is, hands over what the new host says, which is a length of
// four bytes and the message, and answers with the marker, by which the host knows what to skip, and the
// same. What follows is the new connection's.
func (p *Port) takeOver(file *os.File, after []byte) error {
	p.mu.Lock()
	marker, old := p.marker.take(), p.current
	p.found = true
	p.mu.Unlock()
	if old != nil {
		if err := old.cut(); err != nil {
			return err
		}
	}
	after, size, err := readOn(file, after, 4)
	if err != nil {
		return err
	}
	length := int(binary.BigEndian.Uint32(size))
	if length > maxMessage {
		return errors.New("the host says too much")
	}
	after, message, err := readOn(file, after, length)
	if err != nil {
		return err
	}
	answer := p.OnTakeover(message)
	marker = binary.BigEndian.AppendUint32(marker, uint32(len(answer)))
	if _, err := file.Write(append(marker, answer...)); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending, p.awaited = append([]byte(nil), after...), make(chan struct{})
	return nil
}

// awaitNext returns when the new host says something: until then the old connection rests. Its end is
// work that a guest that just wakes up need not do at once.
func (p *Port) awaitNext(file *os.File) error {
	var piece []byte
	var err error
	if !p.hasPending() {
		piece = make([]byte, pieceBytes)
		var n int
		n, err = file.Read(piece)
		piece = piece[:n]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = append(p.pending, piece...)
	close(p.awaited)
	p.awaited = nil
	return err
}

func (p *Port) hasPending() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.pending) > 0
}

// readOn takes the next bytes, as many as are asked for, from what was read and then from the file.
func readOn(file *os.File, read []byte, size int) (rest, taken []byte, err error) {
	for len(read) < size {
		piece := make([]byte, pieceBytes)
		n, err := file.Read(piece)
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, nil, err
		}
		read = append(read[:len(read):len(read)], piece[:n]...)
	}
	return read[size:], read[:size], nil
}

func (p *Port) find(piece []byte) (before int, after []byte, found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.marker.find(piece)
}

func (p *Port) begins(bytes []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.marker.begins(bytes)
}

// deliver hands out what fits and keeps the rest.
func (p *Port) deliver(data, read []byte) int {
	n := copy(data, read)
	if n < len(read) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.pending = append([]byte(nil), read[n:]...)
	}
	return n
}

func (p *Port) delivered(data []byte) (n int, done bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.awaited != nil {
		awaited := p.awaited
		p.mu.Unlock()
		<-awaited
		p.mu.Lock()
	}
	if p.found {
		return 0, true, io.EOF
	}
	if len(p.pending) == 0 {
		return 0, false, nil
	}
	n = copy(data, p.pending)
	p.pending = p.pending[n:]
	return n, true, nil
}

func (p *Port) isFound() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.found
}
