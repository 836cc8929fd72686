package template

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"sandboxfile/native/internal/flock"
)

// errMaking: another process makes this template.
var errMaking = errors.New("another process makes it")

const (
	lockName   = "lock" // everybody's
	lockSuffix = ".lock"
)

// turn is the right to make one template: of several makers for one key all but one leave at once,
// makers for different keys wait for each other. Both end with the process, in whatever way.
type turn struct {
	own      string
	give, up func() // the key's lock and everybody's
}

// take waits for the other makers until ctx ends. The order is: the key's lock, then everybody's.
func (s Store) take(ctx context.Context, key string) (*turn, error) {
	own := filepath.Join(s.folder, key+lockSuffix)
	give, err := flock.TryLock(own)
	if errors.Is(err, flock.ErrHeld) {
		return nil, errMaking
	}
	if err != nil {
		return nil, err
	}
	up, err := flock.Lock(ctx, filepath.Join(s.folder, lockName))
	if err != nil {
		give()
		return nil, err
	}
	return &turn{own, give, up}, nil
}

func (t *turn) release() {
	// The name is free again; whoever has opened the file meanwhile waits for everybody's lock and finds
	// the template made.
	_ = os.Remove(t.own)
	t.give()
	t.up()
}

// sweepIfIdle sweeps unless a template is being made.
func (s Store) sweepIfIdle() error {
	unlock, err := flock.TryLock(filepath.Join(s.folder, lockName))
	if isMissing(err) || errors.Is(err, flock.ErrHeld) {
		return nil // nothing was ever made, or something is being made
	}
	if err != nil {
		return err
	}
	defer unlock()
	return s.sweep()
}
