package supervisor

import (
	"sync"
	"time"
)

// stopper joins the wishes to stop: the earliest deadline wins.
type stopper struct {
	asked   chan struct{} // closed by the first wish
	sooner  chan struct{} // one place: the deadline has moved
	mu      sync.Mutex
	wanted  bool
	by      time.Time // when user programs are killed
	outside bool      // somebody but the machine itself asked
}

func newStopper() *stopper {
	return &stopper{asked: make(chan struct{}), sooner: make(chan struct{}, 1)}
}

// request asks for the end, leaving user programs the grace.
func (s *stopper) request(grace time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outside = true
	s.join(grace)
}

// conclude is the machine's own wish, when its main program has ended.
func (s *stopper) conclude(grace time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.join(grace)
}

// remaining is what is left of the grace.
func (s *stopper) remaining() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(time.Until(s.by), 0)
}

func (s *stopper) isAsked() bool {
	select {
	case <-s.asked:
		return true
	default:
		return false
	}
}

func (s *stopper) fromOutside() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outside
}

func (s *stopper) join(grace time.Duration) {
	by := time.Now().Add(grace)
	if !s.wanted {
		s.wanted, s.by = true, by
		close(s.asked)
		return
	}
	if by.Before(s.by) {
		s.by = by
	}
	select {
	case s.sooner <- struct{}{}:
	default:
	}
}
