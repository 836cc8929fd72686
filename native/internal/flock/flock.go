// Package flock has locks between processes. The kernel drops a lock with its holder, however that
// ends.
package flock

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ErrHeld is TryExclusive's answer when another open file has the lock.
var ErrHeld = unix.EWOULDBLOCK

// Lock waits for the exclusive lock of the file at path, which is made when it is not there.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	if err := Exclusive(ctx, file); err != nil {
		return nil, err
	}
	return func() { file.Close() }, nil
}

// TryLock fails when somebody holds the lock.
func TryLock(path string) (unlock func(), err error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	if err := TryExclusive(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { file.Close() }, nil
}

// Exclusive waits for the lock of an open file, which goes with the file's last descriptor. When it
// fails the file is closed, or will be as soon as the kernel stops waiting for it.
func Exclusive(ctx context.Context, file *os.File) error { return wait(ctx, file, unix.LOCK_EX) }

func wait(ctx context.Context, file *os.File, how int) error {
	locked := make(chan error, 1)
	go func() { locked <- flock(file, how) }()
	select {
	case err := <-locked:
		if err != nil {
			return errors.Join(err, file.Close())
		}
		return nil
	case <-ctx.Done():
		go func() {
			<-locked
			file.Close()
		}()
		return ctx.Err()
	}
}

// TryExclusive takes the lock of an open file or fails with ErrHeld.
func TryExclusive(file *os.File) error { return flock(file, unix.LOCK_EX|unix.LOCK_NB) }

// Unlock gives the lock up before the file is closed.
func Unlock(file *os.File) error { return flock(file, unix.LOCK_UN) }

func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

func flock(file *os.File, how int) error {
	for {
		err := unix.Flock(int(file.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
