package supervisor

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestDeadlinesOfStops(t *testing.T) {
	for name, each := range map[string]struct {
		wishes         func(*stopper)
		programs, left time.Duration
	}{
		"asked for":                     {func(s *stopper) { s.request(10 * time.Second) }, 10 * time.Second, 13 * time.Second},
		"its own":                       {func(s *stopper) { s.conclude(2 * time.Second) }, 2 * time.Second, 15 * time.Second},
		"a shorter grace":               {func(s *stopper) { s.request(time.Minute); s.request(0) }, 0, 3 * time.Second},
		"a longer grace":                {func(s *stopper) { s.request(time.Second); s.request(time.Minute) }, time.Second, 4 * time.Second},
		"somebody waits for its own":    {func(s *stopper) { s.conclude(0); time.Sleep(6 * time.Second); s.request(0) }, 0, 3 * time.Second},
		"somebody, at the end of it":    {func(s *stopper) { s.conclude(0); time.Sleep(12 * time.Second); s.request(time.Minute) }, 0, time.Second},
		"somebody, after the end of it": {func(s *stopper) { s.conclude(0); time.Sleep(time.Minute); s.request(0) }, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStopper()
				each.wishes(s)
				if programs, left := s.remaining(), s.guestTime(); programs != each.programs || left != each.left {
					t.Errorf("%v for programs, %v for the guest", programs, left)
				}
			})
		})
	}
}
