// Package sparse walks and copies files that consist of holes for the most part: disks and memories.
package sparse

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Copy makes the empty file target equal to source, holes included. It shares blocks where the file
// system can.
func Copy(target, source *os.File) error {
	if cloneBlocks(target, source) == nil {
		return nil
	}
	info, err := source.Stat()
	if err != nil {
		return err
	}
	if err := target.Truncate(info.Size()); err != nil {
		return err
	}
	return EachRun(source, info.Size(), func(start, end int64) error {
		return CopyRange(context.Background(), target, source, start, start, end-start)
	})
}

// EachRun visits the runs of data in the file's first size bytes, in their order.
func EachRun(file *os.File, size int64, visit func(start, end int64) error) error {
	return EachRunFrom(file, 0, size, visit)
}

// EachRunFrom visits the runs of data between two places, cut off there.
func EachRunFrom(file *os.File, first, size int64, visit func(start, end int64) error) error {
	for at := first; at < size; {
		start, end, err := nextData(file, at, size)
		if err != nil {
			return err
		}
		if start == end {
			return nil
		}
		if err := visit(start, end); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// copyStep is what is copied between two looks at the context.
const copyStep = 8 << 20

// CopyRange copies length bytes from one place of source to one of target, sharing blocks where the file
// system can.
func CopyRange(ctx context.Context, target, source *os.File, to, from, length int64) error {
	for length > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		step, err := copyInKernel(target, source, to, from, min(length, copyStep))
		if err != nil {
			step, err = io.Copy(io.NewOffsetWriter(target, to), io.NewSectionReader(source, from, min(length, copyStep)))
		}
		if err != nil {
			return err
		}
		if step == 0 {
			return io.ErrUnexpectedEOF
		}
		to, from, length = to+step, from+step, length-step
	}
	return nil
}

// nextData finds the first run of data at or after at, as far as size; start == end when there is none.
func nextData(file *os.File, at, size int64) (start, end int64, err error) {
	start, err = unix.Seek(int(file.Fd()), at, seekData)
	switch {
	case errors.Is(err, unix.ENXIO):
		return size, size, nil
	case err != nil:
		return 0, 0, os.NewSyscallError("seek to data", err)
	}
	end, err = unix.Seek(int(file.Fd()), start, seekHole)
	if err != nil {
		return 0, 0, os.NewSyscallError("seek to hole", err)
	}
	return min(start, size), min(end, size), nil
}
