package template

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// errMaking: another process makes this template.
var errMaking = errors.New("another process makes it")

const (
	lockName   = "lock" // everybody's
	lockSuffix = ".lock"
)

// turn is the right to make one template: of several makers for one key all but one leave at once,
// makers for different keys wait for each other. Both end with the process, in whatever way.
type turn struct{ own, all *os.File }

// take waits for the other makers until ctx ends. The order is: the key's lock, then everybody's.
func (s Store) take(ctx context.Context, key string) (*turn, error) {
	own, err := lockFile(filepath.Join(s.folder, key+lockSuffix))
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(own.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		own.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errMaking
		}
		return nil, os.NewSyscallError("flock", err)
	}
	all, err := lockFile(filepath.Join(s.folder, lockName))
	if err != nil {
		own.Close()
		return nil, err
	}
	locked := make(chan error, 1)
	go func() { locked <- waitLock(all) }()
	select {
	case err = <-locked:
	case <-ctx.Done():
		// The process ends soon, and the waiting with it.
		err = context.Cause(ctx)
	}
	if err != nil {
		own.Close()
		return nil, err
	}
	return &turn{own, all}, nil
}

// sweepIfIdle sweeps unless a template is being made.
func (s Store) sweepIfIdle() error {
	all, err := lockFile(filepath.Join(s.folder, lockName))
	if isMissing(err) {
		return nil // nothing was ever made
	}
	if err != nil {
		return err
	}
	defer all.Close()
	if unix.Flock(int(all.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return nil
	}
	return s.sweep()
}

func (t *turn) release() {
	// The name is free again; whoever has opened the file meanwhile waits for everybody's lock and finds
	// the template made.
	_ = os.Remove(t.own.Name())
	t.own.Close()
	t.all.Close()
}

func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}

func waitLock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("flock", err)
		}
	}
}
