package supervisor

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"connectrpc.com/connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
)

// idle pauses a guest of which nobody has wanted anything for a while, and lets it go on when somebody
// does. Lock order: the machine's turn, then mu.
type idle struct {
	machine *machine
	after   time.Duration // 0: never

	mu    sync.Mutex
	calls int         // under way
	timer *time.Timer // nil before the guest runs and after
}

// watch begins to count the time; with on false it ends.
func (i *idle) watch(on bool) {
	if i.after == 0 {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.timer != nil {
		i.timer.Stop()
		i.timer = nil
	}
	if on {
		i.timer = time.AfterFunc(i.after, i.rest)
	}
}

// rest pauses the guest unless somebody wants something of it.
func (i *idle) rest() {
	m := i.machine
	m.turn.Lock()
	defer m.turn.Unlock()
	if i.busy() || m.paused {
		return
	}
	guest, err := m.settled()
	if err != nil {
		return
	}
	if m.hold(context.Background(), guest) != nil {
		return // a guest that does not answer: it goes on
	}
	m.resting = true
	m.board.update(func(state *machinev1.MachineState) { state.Idle = true })
}

func (i *idle) busy() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.calls > 0
}

// begin is called before a call goes to the guest, end when it is over.
func (i *idle) begin(ctx context.Context) error {
	i.mu.Lock()
	i.calls++
	if i.timer != nil {
		i.timer.Stop()
	}
	i.mu.Unlock()
	m := i.machine
	m.turn.Lock()
	defer m.turn.Unlock()
	if !m.resting || m.guest == nil {
		return nil
	}
	return m.release(ctx, m.guest)
}

func (i *idle) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.calls--; i.calls == 0 && i.timer != nil {
		i.timer.Reset(i.after)
	}
}

// handler counts the calls of front ends, and refuses those that nobody would answer.
func (i *idle) handler(next http.Handler) http.Handler {
	failed := connect.NewErrorWriter()
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if i.machine.parked.Load() {
			_ = failed.Write(w, request, told(failure.New(failurev1.Code_CODE_PAUSED, i.machine.spec.GetSandbox(), nil)))
			return
		}
		if i.after == 0 {
			next.ServeHTTP(w, request)
			return
		}
		defer i.end()
		if err := i.begin(request.Context()); err != nil {
			_ = failed.Write(w, request, told(err))
			return
		}
		next.ServeHTTP(w, request)
	})
}

// client counts the calls that connections to published ports make.
func (i *idle) client(next connect.HTTPClient) connect.HTTPClient {
	if i.after == 0 {
		return next
	}
	return counted{i, next}
}

type counted struct {
	idle *idle
	next connect.HTTPClient
}

// Do is connect.HTTPClient. The call is over with its answer's body.
func (c counted) Do(request *http.Request) (*http.Response, error) {
	err := c.idle.begin(request.Context())
	var response *http.Response
	if err == nil {
		response, err = c.next.Do(request)
	}
	if err != nil {
		c.idle.end()
		return nil, err
	}
	response.Body = &countedBody{response.Body, sync.OnceFunc(c.idle.end)}
	return response, nil
}

type countedBody struct {
	io.ReadCloser
	end func()
}

func (b *countedBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
