package supervisor

import (
	"sync"
	"time"
)

// Beyond the grace: what a stop may take that somebody waits for, and one that the sandbox has come to by itself. A
// guest that is still unmounting then has an unclean end.
const (
	askedTime = 5 * time.Second
	ownTime   = 15 * time.Second
)

// stopper joins the wishes to stop: the earliest deadlines win.
type stopper struct {
	asked   chan struct{} // closed by the first wish
	sooner  chan struct{} // one place: a deadline has moved
	mu      sync.Mutex
	wanted  bool
	by      time.Time // when user programs are killed
	end     time.Time // when all of it has to be over
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
	s.join(grace, askedTime)
}

// conclude is the machine's own wish, when its main program has ended.
func (s *stopper) conclude(grace time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.join(grace, ownTime)
}

// remaining is what is left of the grace.
func (s *stopper) remaining() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(time.Until(s.by), 0)
}

// guestTime is what is left for the guest to end its programs and to unmount.
func (s *stopper) guestTime() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(time.Until(s.end)-reapTime-syncTime, 0)
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

func (s *stopper) join(grace, beyond time.Duration) {
	by := time.Now().Add(grace)
	end := by.Add(beyond)
	if !s.wanted {
		s.wanted, s.by, s.end = true, by, end
		close(s.asked)
		return
	}
	if by.Before(s.by) {
		s.by = by
	}
	if end.Before(s.end) {
		s.end = end
	}
	select {
	case s.sooner <- struct{}{}:
	default:
	}
}
