package rootfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// sparse writes a file from its start on. Aligned runs of zeros are left out: the file has holes
// there.
type sparse struct {
	file   *os.File
	buffer []byte
	filled int
	offset int64 // of the buffer in the file
}

// Large writes, and holes that are worth an extent of the file system each.
const (
	writeSize = 1 << 20
	holeSize  = 64 << 10
)

var noBytes [holeSize]byte

func newSparse(file *os.File) *sparse {
	return &sparse{file: file, buffer: make([]byte, writeSize)}
}

// copy takes exactly so many bytes.
func (s *sparse) copy(content io.Reader, size int64) error {
	for left := size; left > 0; {
		room := s.buffer[s.filled:min(int64(len(s.buffer)), int64(s.filled)+left)]
		n, err := content.Read(room)
		s.filled += n
		left -= int64(n)
		if left > 0 && err != nil {
			return &ReadError{fmt.Errorf("%d bytes, expected %d: %w", size-left, size, noEnd(err))}
		}
		if err := s.flushFull(); err != nil {
			return err
		}
	}
	return nil
}

func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (s *sparse) write(parts ...[]byte) error {
	for _, part := range parts {
		for len(part) > 0 {
			n := copy(s.buffer[s.filled:], part)
			s.filled += n
			part = part[n:]
			if err := s.flushFull(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sparse) flushFull() error {
	if s.filled < len(s.buffer) {
		return nil
	}
	return s.flush()
}

// flush writes the spans between holes.
func (s *sparse) flush() error {
	from := 0
	for at := 0; at < s.filled; at += holeSize {
		end := min(at+holeSize, s.filled)
		if !bytes.Equal(s.buffer[at:end], noBytes[:end-at]) {
			continue
		}
		if err := s.overwrite(s.buffer[from:at], s.offset+int64(from)); err != nil {
			return err
		}
		from = end
	}
	if err := s.overwrite(s.buffer[from:s.filled], s.offset+int64(from)); err != nil {
		return err
	}
	s.offset += int64(s.filled)
	s.filled = 0
	return nil
}

func (s *sparse) overwrite(data []byte, offset int64) error {
	if len(data) == 0 {
		return nil
	}
	_, err := s.file.WriteAt(data, offset)
	return err
}

// finish gives the file its size: a hole at its end was never written.
func (s *sparse) finish() error {
	if err := s.flush(); err != nil {
		return err
	}
	return s.file.Truncate(s.offset)
}

// drop makes a part of what was written a hole.
func (s *sparse) drop(offset, size int64) error {
	if err := s.flush(); err != nil {
		return err
	}
	err := punchHole(s.file, offset, size)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	for size > 0 {
		part := min(size, holeSize)
		if err := s.overwrite(noBytes[:part], offset); err != nil {
			return err
		}
		offset, size = offset+part, size-part
	}
	return nil
}
