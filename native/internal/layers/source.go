package layers

import (
	"context"
	"io"
	"sync/atomic"
)

// source reads layers in order under the same context, limits and progress.
type source struct {
	ctx      context.Context
	cancel   context.CancelFunc
	layers   []Layer
	streams  []*stream // started so far; nil when done
	limits   Limits
	progress func(int64)
	plain    int64 // bytes of all tar streams read so far
}

func newSource(ctx context.Context, layers []Layer, limits Limits, progress func(int64)) *source {
	s := &source{layers: layers, limits: limits, progress: progress}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

// layer gives a layer's stream. The next layer is started as well, to be inflated while this one is
// read.
func (s *source) layer(number int) *stream {
	for len(s.streams) <= min(number+1, len(s.layers)-1) {
		s.streams = append(s.streams, s.start(s.layers[len(s.streams)]))
	}
	return s.streams[number]
}

// done lets go of a layer that was read to its end.
func (s *source) done(number int) {
	s.streams[number].wait()
	s.streams[number] = nil
}

// close ends what still reads.
func (s *source) close() {
	s.cancel()
	for _, stream := range s.streams {
		if stream != nil {
			stream.wait()
		}
	}
}

// book counts bytes of tar streams. Headers and padding come on top of the contents, a few KiB an
// entry at most.
func (s *source) book(count int) error {
	s.plain += int64(count)
	if s.plain > s.limits.Bytes+s.limits.Metadata+int64(s.limits.Entries)*2048 {
		return limit("%d bytes of layers", s.limits.Bytes)
	}
	return nil
}

// counted counts stored bytes, no more than are expected, and stops when the context ends.
type counted struct {
	io.ReadCloser
	ctx   context.Context
	count *atomic.Int64
	bound int64
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.ReadCloser.Read(p)
	if c.count.Add(int64(n)) > c.bound {
		return n, errTooLong
	}
	return n, err
}

// proportionate refuses a stream that is too long for what it is made of.
type proportionate struct {
	io.ReadCloser
	stored *atomic.Int64
	limits Limits
	count  int64
}

func (p *proportionate) Read(to []byte) (int, error) {
	n, err := p.ReadCloser.Read(to)
	p.count += int64(n)
	if p.count > p.limits.RatioFree && p.count/p.limits.Ratio > p.stored.Load() {
		return n, limit("%d times its compressed size", p.limits.Ratio)
	}
	return n, err
}
