// Package scrollback keeps the last output of one program and hands it to any number of readers.
//
// One ring is both history and queue: a writer may overwrite only what every attached reader has
// consumed, so the slowest reader paces the program; without readers the oldest bytes are dropped.
// Nothing is copied on the way out: a reader gets a slice of the ring that stays put until it
// asks for the next one.
package scrollback

import (
	"sync"
)

// Size is how much of a program's output is kept.
const Size = 256 << 10

const (
	initialSize = 4 << 10
	// A write takes at most half of the ring, so that it is filled while the other half is sent.
	maxFill = Size / 2
	// A program that alternates its streams byte by byte must not cost more than its bytes.
	maxSegments = 4 << 10
)

// Stream tells where bytes came from.
type Stream uint8

// The streams of a program. A terminal's output is all Stdout.
const (
	Stdout Stream = iota
	Stderr
)

// Ring is safe for use by any number of goroutines. Its zero value is not usable: see New.
type Ring struct {
	mu      sync.Mutex
	changed sync.Cond // on: bytes added, space freed, readers gone, closed

	buf      []byte    // grows up to Size; position p lives at p % len(buf)
	segments []segment // oldest first, without gaps, none wraps around the end of buf
	start    uint64    // position of the oldest byte kept
	end      uint64    // position after the newest byte
	readers  map[*Reader]struct{}
	closed   bool
}

// segment is a run of bytes of one stream.
type segment struct {
	from, to uint64
	stream   Stream
}

// New makes an empty ring.
func New() *Ring {
	r := &Ring{buf: make([]byte, initialSize), readers: map[*Reader]struct{}{}}
	r.changed.L = &r.mu
	return r
}

// Fill waits for space and lets read put bytes of one stream into it. read must not block; what it
// returns is returned.
func (r *Ring) Fill(stream Stream, read func([]byte) (int, error)) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.free() == 0 || !r.trimSegments() {
		r.changed.Wait()
	}
	space := r.space()
	n, err := read(space)
	if n > 0 {
		r.append(stream, n)
		r.changed.Broadcast()
		if n == len(space) {
			r.grow()
		}
	}
	return n, err
}

// Close says that no more output will come. Readers get what is left, then the end.
func (r *Ring) Close() {
	r.mu.Lock()
	r.closed = true
	r.changed.Broadcast()
	r.mu.Unlock()
}

// Release drops the history for good. The ring must be closed; later readers see only its end.
func (r *Ring) Release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.readers) == 0 {
		r.buf, r.segments, r.start = nil, nil, r.end
	}
}

// free is how many bytes may be written now: everything that no attached reader still needs.
func (r *Ring) free() uint64 {
	return uint64(len(r.buf)) - (r.end - r.needed())
}

// needed is the oldest position that an attached reader has not consumed.
func (r *Ring) needed() uint64 {
	oldest := r.end
	for reader := range r.readers {
		oldest = min(oldest, reader.position)
	}
	return oldest
}

// space is the free run of the ring that begins at the end of its content.
func (r *Ring) space() []byte {
	size := uint64(len(r.buf))
	at := r.end % size
	length := min(r.free(), size-at, maxFill)
	return r.buf[at : at+length]
}

func (r *Ring) append(stream Stream, n int) {
	from := r.end
	r.end += uint64(n)
	size := uint64(len(r.buf))
	if last := len(r.segments) - 1; last >= 0 && r.segments[last].stream == stream && from%size != 0 {
		r.segments[last].to = r.end
	} else {
		r.segments = append(r.segments, segment{from, r.end, stream})
	}
	if r.end-r.start > size {
		r.dropBefore(r.end - size)
	}
}

// trimSegments keeps the list of segments short and reports whether it is.
func (r *Ring) trimSegments() bool {
	if len(r.segments) < maxSegments {
		return true
	}
	from := r.segments[maxSegments/4].from
	if from > r.needed() {
		return false
	}
	r.dropBefore(from)
	return true
}

func (r *Ring) dropBefore(position uint64) {
	r.start = position
	gone := 0
	for gone < len(r.segments) && r.segments[gone].to <= position {
		gone++
	}
	r.segments = r.segments[gone:]
	if len(r.segments) > 0 {
		r.segments[0].from = max(r.segments[0].from, position)
	}
}

// grow makes room for a program that fills what it is given. Slices that readers hold go on
// pointing into the old memory, whose bytes are the same.
func (r *Ring) grow() {
	old := uint64(len(r.buf))
	if old >= Size {
		return
	}
	size := min(old*4, Size)
	buf := make([]byte, size)
	var segments []segment
	for _, s := range r.segments {
		for from := s.from; from < s.to; {
			to := min(s.to, (from/size+1)*size, (from/old+1)*old)
			copy(buf[from%size:], r.buf[from%old:from%old+(to-from)])
			if last := len(segments) - 1; last >= 0 && segments[last].stream == s.stream && from%size != 0 {
				segments[last].to = to
			} else {
				segments = append(segments, segment{from, to, s.stream})
			}
			from = to
		}
	}
	r.buf, r.segments = buf, segments
}
