package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Timing says how long a registry may take. Only the time that it lets its client wait counts.
type Timing struct {
	Connect time.Duration // connection and TLS
	Answer  time.Duration // from a request to its answer
	Commit  time.Duration // the same for what changes something: storage takes its time
	Stall   time.Duration // without a byte
	// In every Window of waiting at least WindowBytes must come.
	Window      time.Duration
	WindowBytes int64
	Backoff     time.Duration // before the first repetition; doubled for each further one
	RetryAfter  time.Duration // longest that a registry may ask to wait
}

// StandardTiming is for everybody's network.
var StandardTiming = Timing{
	Connect: 10 * time.Second, Answer: 30 * time.Second, Commit: 3 * time.Minute, Stall: 30 * time.Second,
	Window: 60 * time.Second, WindowBytes: 64 << 10,
	Backoff: 500 * time.Millisecond, RetryAfter: 60 * time.Second,
}

// TimeoutError says which of the times was over.
type TimeoutError struct{ What string }

func (e *TimeoutError) Error() string { return e.What }
func (e *TimeoutError) Timeout() bool { return true }

// patient ends requests that make no progress.
type patient struct {
	timing Timing
	inner  http.RoundTripper
}

func (p *patient) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	limit := p.timing.Answer
	if !repeatable(request) {
		limit = p.timing.Commit
	}
	silence := &TimeoutError{What: fmt.Sprintf("no answer in %v", limit)}
	answer := time.AfterFunc(limit, func() { cancel(silence) })
	request = request.Clone(ctx)
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = &watchedUpload{ReadCloser: request.Body, answer: answer, limit: limit}
	}
	response, err := p.inner.RoundTrip(request)
	answer.Stop()
	if err != nil {
		cancel(nil)
		return nil, causeOf(ctx, err)
	}
	response.Body = &watchedDownload{ReadCloser: response.Body, ctx: ctx, cancel: cancel, timing: p.timing}
	return response, nil
}

func causeOf(ctx context.Context, err error) error {
	if timeout, ok := errors.AsType[*TimeoutError](context.Cause(ctx)); ok && !errors.Is(err, io.EOF) {
		return timeout
	}
	return err
}

// watchedUpload counts every read of the transport as progress of the registry: it has taken what
// was read before.
type watchedUpload struct {
	io.ReadCloser
	answer *time.Timer
	limit  time.Duration
}

func (u *watchedUpload) Read(data []byte) (int, error) {
	u.answer.Reset(u.limit)
	return u.ReadCloser.Read(data)
}

type watchedDownload struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timing Timing
	closed sync.Once

	waited time.Duration // in this window
	bytes  int64
}

func (d *watchedDownload) Read(data []byte) (int, error) {
	stalled := &TimeoutError{What: fmt.Sprintf("not a byte in %v", d.timing.Stall)}
	timer := time.AfterFunc(d.timing.Stall, func() { d.cancel(stalled) })
	began := time.Now()
	n, err := d.ReadCloser.Read(data)
	timer.Stop()
	if err != nil {
		return n, causeOf(d.ctx, err)
	}
	d.waited += time.Since(began)
	d.bytes += int64(n)
	if d.waited < d.timing.Window {
		return n, nil
	}
	if d.bytes < d.timing.WindowBytes {
		return n, &TimeoutError{What: fmt.Sprintf("only %d bytes in %v", d.bytes, d.timing.Window)}
	}
	d.waited, d.bytes = 0, 0
	return n, nil
}

func (d *watchedDownload) Close() error {
	err := d.ReadCloser.Close()
	d.closed.Do(func() { d.cancel(nil) })
	return err
}
