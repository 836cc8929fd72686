package volume

import (
	"container/list"
	"sync"

	"golang.org/x/sys/unix"
)

// maxDescriptors is what all volumes together keep open, if the process may.
const maxDescriptors = 16 << 10

// descriptors is a bounded set of open files. What was not used for longest is closed first; who needs
// it again opens it anew.
type descriptors struct {
	limit int

	mu      sync.Mutex
	recent  list.List // of *descriptor, open ones, the most recently used first
	closing []int     // when the lock is given back: a file system may keep who closes a file waiting
}

// descriptor is an open file, or one that was closed to make room.
type descriptor struct {
	fd     int
	users  int           // the set is none
	cursor cursor        // of a directory
	place  *list.Element // nil: no longer in the set, closed with its last user
}

func newDescriptors() *descriptors {
	limit := maxDescriptors
	var rlimit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &rlimit) == nil {
		limit = int(min(uint64(limit), rlimit.Cur/2))
	}
	return &descriptors{limit: limit}
}

// add takes an open file into the set, in use by the caller.
func (s *descriptors) add(fd int) *descriptor {
	s.mu.Lock()
	defer s.unlock()
	d := &descriptor{fd: fd, users: 1}
	d.place = s.recent.PushFront(d)
	for e := s.recent.Back(); e != nil && s.recent.Len() > s.limit; {
		old, before := e.Value.(*descriptor), e.Prev()
		if old.users == 0 {
			s.remove(old)
		}
		e = before
	}
	return d
}

// use keeps d open until done, if it still is.
func (s *descriptors) use(d *descriptor) bool {
	if d == nil {
		return false
	}
	s.mu.Lock()
	defer s.unlock()
	if d.place == nil {
		return false
	}
	d.users++
	s.recent.MoveToFront(d.place)
	return true
}

// done ends a use.
func (s *descriptors) done(d *descriptor) {
	s.mu.Lock()
	defer s.unlock()
	if d.users--; d.users == 0 && d.place == nil {
		s.closing = append(s.closing, d.fd)
	}
}

// drop takes d out of the set.
func (s *descriptors) drop(d *descriptor) {
	if d == nil {
		return
	}
	s.mu.Lock()
	defer s.unlock()
	if d.place != nil {
		s.remove(d)
	}
}

// close closes them all, when nobody uses any.
func (s *descriptors) close() {
	s.mu.Lock()
	defer s.unlock()
	for e := s.recent.Front(); e != nil; e = s.recent.Front() {
		d := e.Value.(*descriptor)
		d.users = 0
		s.remove(d)
	}
}

func (s *descriptors) remove(d *descriptor) {
	s.recent.Remove(d.place)
	d.place = nil
	if d.users == 0 {
		s.closing = append(s.closing, d.fd)
		d.cursor.rest = nil
	}
}

func (s *descriptors) unlock() {
	files := s.closing
	s.closing = nil
	s.mu.Unlock()
	for _, fd := range files {
		_ = unix.Close(fd)
	}
}
