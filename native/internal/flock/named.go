package flock

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Named waits for the exclusive lock of a file that holders may remove: who gets the lock of a file
// that has lost its name meanwhile waits again, for the one that has it now.
func Named(ctx context.Context, path string) (unlock func(), err error) {
	return named(path, func(file *os.File) error { return wait(ctx, file, unix.LOCK_EX) })
}

// TryNamed fails with ErrHeld when somebody holds the lock.
func TryNamed(path string) (unlock func(), err error) {
	return named(path, tryOrClose)
}

// Shared waits until nobody has the exclusive lock, and keeps others from getting it.
func Shared(ctx context.Context, path string) (unlock func(), err error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	if err := wait(ctx, file, unix.LOCK_SH); err != nil {
		return nil, err
	}
	return func() { file.Close() }, nil
}

// IsHeld tells whether somebody has the exclusive lock of an open file.
func IsHeld(file *os.File) (bool, error) {
	err := flock(file, unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, ErrHeld) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, flock(file, unix.LOCK_UN)
}

func named(path string, lock func(*os.File) error) (unlock func(), err error) {
	for {
		file, err := open(path)
		if err != nil {
			return nil, err
		}
		if err := lock(file); err != nil {
			return nil, err
		}
		same, err := IsNamed(file, path)
		if same {
			return func() { file.Close() }, nil
		}
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
	}
}

func tryOrClose(file *os.File) error {
	if err := TryExclusive(file); err != nil {
		return errors.Join(err, file.Close())
	}
	return nil
}

// IsNamed tells whether a path still leads to an open file.
func IsNamed(file *os.File, path string) (bool, error) {
	locked, err := file.Stat()
	if err != nil {
		return false, err
	}
	present, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(locked, present), err
}
