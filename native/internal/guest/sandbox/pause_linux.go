package sandbox

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrNotPaused says that the programs would not stand still in time.
var ErrNotPaused = errors.New("programs could not be paused")

// ErrEnding is the answer to a pause of a sandbox that ends.
var ErrEnding = errors.New("the sandbox is ending")

// How long the kernel may take to stop all programs: one in the middle of a disk write finishes it
// first.
const freezeLimit = 5 * time.Second

// pauses lets one caller at a time pause the programs, and any number of them and Freeze hold them.
// Lock order: turn, mu, gate.
type pauses struct {
	turn chan struct{}

	mu      sync.Mutex
	holders int // Freeze and the pause under way; the first takes the gate, the last gives it back
	ending  bool
	cancel  context.CancelFunc // of the pause under way
}

func newPauses() pauses { return pauses{turn: make(chan struct{}, 1)} }

// Paused does work while all programs stand still. They go on when it returns, whatever came of it,
// or when the sandbox ends; the context that work gets ends with the sandbox, too.
func (s *Sandbox) Paused(ctx context.Context, work func(context.Context) error) error {
	select {
	case s.pauses.turn <- struct{}{}:
		defer func() { <-s.pauses.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.hold()
	defer func() { _ = s.letGo() }() // a file of the kernel's that is there as long as the sandbox
	if err := s.beginPause(cancel); err != nil {
		return err
	}
	defer s.endPause()
	if !s.cgroup.await("frozen 1", freezeLimit) {
		return errors.Join(ErrNotPaused, ctx.Err())
	}
	return work(ctx)
}

func (s *Sandbox) beginPause(cancel context.CancelFunc) error {
	s.pauses.mu.Lock()
	defer s.pauses.mu.Unlock()
	if s.pauses.ending {
		return ErrEnding
	}
	s.pauses.cancel = cancel
	return s.cgroup.beginFreeze()
}

func (s *Sandbox) endPause() {
	s.pauses.mu.Lock()
	defer s.pauses.mu.Unlock()
	s.pauses.cancel = nil
}

// endPauses lets programs hear that they are to end. There are no pauses any more.
func (s *Sandbox) endPauses() {
	s.pauses.mu.Lock()
	defer s.pauses.mu.Unlock()
	s.pauses.ending = true
	if s.pauses.cancel != nil {
		s.pauses.cancel()
	}
	_ = s.cgroup.thaw() // also what a program has frozen itself
}

// hold keeps programs from being launched; see gate.
func (s *Sandbox) hold() {
	s.pauses.mu.Lock()
	defer s.pauses.mu.Unlock()
	if s.pauses.holders == 0 {
		s.gate <- struct{}{}
	}
	s.pauses.holders++
}

// letGo has the programs go on when nobody else holds them.
func (s *Sandbox) letGo() error {
	s.pauses.mu.Lock()
	defer s.pauses.mu.Unlock()
	if s.pauses.holders--; s.pauses.holders > 0 {
		return nil
	}
	err := s.cgroup.thaw()
	<-s.gate
	return err
}
