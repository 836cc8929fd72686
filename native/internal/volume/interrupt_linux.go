package volume

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/fuse"
	"sandboxfile/native/internal/volumewire"
)

// hung is how old a request has to be for an interrupt to end it. Most interrupts are signals that programs handle,
// and programs do not expect them to end what they ask of files; only what a dead server of the host's keeps waiting
// is let go, so that it can be killed.
const hung = 10 * time.Second

// pending are the requests under way.
type pending struct {
	mu    sync.Mutex
	calls map[uint64]*waiting
	hung  time.Duration // under mu
}

type waiting struct {
	since       time.Time
	interrupted bool
}

func newPending() pending {
	return pending{calls: map[uint64]*waiting{}, hung: hung}
}

func (p *pending) begin(unique uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[unique] = &waiting{since: time.Now()}
}

// end tells whether somebody waits for the answer still.
func (p *pending) end(unique uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, waits := p.calls[unique]
	delete(p.calls, unique)
	return waits
}

// LetGo has interrupts end requests at once from now on: whoever asks is being killed, and cannot be while it waits.
func (s *Server) LetGo() {
	p := &s.pending
	p.mu.Lock()
	p.hung = 0
	var ended []uint64
	for unique, call := range p.calls {
		if call.interrupted {
			delete(p.calls, unique)
			ended = append(ended, unique)
		}
	}
	p.mu.Unlock()
	for _, unique := range ended {
		s.send(fuse.NewAnswer(nil).Finish(unique, uint32(unix.EINTR)))
	}
}

// interrupt ends a request of the mount, once it hangs.
func (s *Server) interrupt(mount, unique uint64) {
	unique |= mount << volumewire.MountShift
	p := &s.pending
	p.mu.Lock()
	defer p.mu.Unlock()
	call := p.calls[unique]
	if call == nil || call.interrupted {
		return
	}
	call.interrupted = true
	time.AfterFunc(p.hung-time.Since(call.since), func() {
		p.mu.Lock()
		same := p.calls[unique] == call
		if same {
			delete(p.calls, unique)
		}
		p.mu.Unlock()
		if same {
			s.send(fuse.NewAnswer(nil).Finish(unique, uint32(unix.EINTR)))
		}
	})
}
