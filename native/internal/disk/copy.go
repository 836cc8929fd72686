package disk

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Copy makes the empty file target equal to source, holes included, or to what source was packed
// from. It shares blocks where the file system can.
func Copy(target, source *os.File) error {
	packed, err := isPacked(source)
	if err != nil {
		return err
	}
	if packed {
		return unpack(target, source)
	}
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
	return eachRun(source, info.Size(), func(start, end int64) error {
		return copyRange(target, source, start, end)
	})
}

// eachRun visits the runs of data in the file's first size bytes, in their order.
func eachRun(file *os.File, size int64, visit func(start, end int64) error) error {
	for at := int64(0); at < size; {
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

// nextData finds the first run of data at or after at; start == end when there is none.
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
	return start, end, nil
}

func copyRange(target, source *os.File, start, end int64) error {
	if _, err := target.Seek(start, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(target, io.NewSectionReader(source, start, end-start))
	return err
}
