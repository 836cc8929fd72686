package scrollback

import "context"

// Reader is one client's place in a ring. It is used by one goroutine at a time.
type Reader struct {
	ring     *Ring
	position uint64 // consumed up to here; guarded by ring.mu
	pending  uint64 // position after the slice handed out last
}

// Attach adds a reader that first sees at most replay bytes of what was kept. missed is how many
// bytes of the program's output lie before that.
func (r *Ring) Attach(replay uint64) (reader *Reader, missed uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	position := r.start
	if kept := r.end - r.start; kept > replay {
		position = r.end - replay
	}
	reader = &Reader{ring: r, position: position, pending: position}
	r.readers[reader] = struct{}{}
	return reader, position
}

// Next waits for output. The slice is valid until the next call of Next or Detach; ok is false at
// the end of the output or of ctx.
func (d *Reader) Next(ctx context.Context) (stream Stream, data []byte, ok bool) {
	r := d.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	d.consume()
	if d.position == r.end && !r.closed && ctx.Err() == nil {
		stop := context.AfterFunc(ctx, func() {
			r.mu.Lock()
			r.changed.Broadcast()
			r.mu.Unlock()
		})
		defer stop()
		for d.position == r.end && !r.closed && ctx.Err() == nil {
			r.changed.Wait()
		}
	}
	if d.position == r.end || ctx.Err() != nil {
		return 0, nil, false
	}
	for _, s := range r.segments {
		if d.position < s.to {
			at := d.position % uint64(len(r.buf))
			length := min(s.to-d.position, maxFill)
			d.pending = d.position + length
			return s.stream, r.buf[at : at+length : at+length], true
		}
	}
	return 0, nil, false
}

// Detach lets the writer go on without this reader.
func (d *Reader) Detach() {
	d.ring.mu.Lock()
	defer d.ring.mu.Unlock()
	delete(d.ring.readers, d)
	d.ring.changed.Broadcast()
}

func (d *Reader) consume() {
	if d.pending != d.position {
		d.position = d.pending
		d.ring.changed.Broadcast()
	}
}
