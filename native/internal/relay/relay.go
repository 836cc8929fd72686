// Package relay carries front ends' calls to the guest's agent. Exec streams are looked into, for
// the log and for programs that outlive their clients; everything else passes as bytes. A stalled
// front end stalls its own stream: HTTP/2's flow control on both sides is the only buffer.
package relay

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"connectrpc.com/connect"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/link"
)

// Relay serves menv.agent.v1 to front ends. Calls made before the agent is configured wait for it.
type Relay struct {
	log io.Writer

	opened chan struct{} // after it agent and calls are set
	agent  *link.Relayed
	calls  *connect.Client[frame, frame]

	context context.Context // of everything towards the guest
	stop    context.CancelFunc

	mu       sync.Mutex
	attached map[string]int // front ends' attach streams by program id
	main     *program       // nil: the sandbox has none
	awaited  bool           // main's first client may still come
}

// New makes a relay whose logged programs write to log.
func New(log io.Writer) *Relay {
	ctx, stop := context.WithCancel(context.Background())
	return &Relay{
		log: log, opened: make(chan struct{}), context: ctx, stop: stop,
		attached: make(map[string]int),
	}
}

// Connect gives the relay its configured agent.
func (r *Relay) Connect(agent *link.Client) {
	r.agent = agent.Relayed()
	r.calls = connect.NewClient[frame, frame](
		r.agent, link.BaseURL+agentv1connect.ProcessServiceExecProcedure,
		connect.WithCodec(codec{}),
		link.CallOptions(),
	)
}

// Open lets the calls through. It comes after Main: a front end that waits to attach to the main
// program must find it.
func (r *Relay) Open() { close(r.opened) }

// Close ends every call: the sandbox has stopped.
func (r *Relay) Close() { r.stop() }

// Register adds the relayed services to mux. AgentService is not among them: it is the
// supervisor's alone.
func (r *Relay) Register(mux *http.ServeMux) {
	mux.Handle(agentv1connect.ProcessServiceExecProcedure, connect.NewBidiStreamHandler(
		agentv1connect.ProcessServiceExecProcedure, r.exec,
		connect.WithCodec(codec{}),
		connect.WithReadMaxBytes(link.MaxMessageBytes),
		connect.WithCompression("gzip", nil, nil),
	))
	through := r.proxy()
	for _, service := range []string{
		agentv1connect.ProcessServiceName, agentv1connect.FileServiceName,
		agentv1connect.DialServiceName, agentv1connect.StatsServiceName, agentv1connect.ExportServiceName,
		agentv1connect.PortServiceName,
	} {
		mux.Handle("/"+service+"/", through)
	}
}

// Main starts the main program. With await its output is held for the first client.
func (r *Relay) Main(spec *agentv1.ProcessSpec, await bool, progress Progress) (*Main, error) {
	request, err := newRequest(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Start{Start: spec}})
	if err != nil {
		return nil, err
	}
	started := r.newProgram(policyOf(spec), spec.GetId())
	started.progress = progress
	r.mu.Lock()
	r.main, r.awaited = started, await
	r.mu.Unlock()
	if await {
		started.await()
	}
	started.run(request)
	return &Main{program: started}, nil
}

// AdoptMain takes over a main program that runs already.
func (r *Relay) AdoptMain(spec *agentv1.ProcessSpec) (*Main, error) {
	attach := &agentv1.Attach{Id: spec.GetId()}
	request, err := newRequest(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Attach{Attach: attach}})
	if err != nil {
		return nil, err
	}
	adopted := r.newProgram(policyOf(spec), spec.GetId())
	adopted.settle()
	r.mu.Lock()
	r.main = adopted
	r.mu.Unlock()
	adopted.run(request)
	return &Main{program: adopted}, nil
}

// wait returns when the agent can be called.
func (r *Relay) wait(ctx context.Context) error {
	select {
	case <-r.opened:
		return nil
	case <-r.context.Done():
		return failure.Connect(connect.CodeUnavailable, &failurev1.Failure{Code: failurev1.Code_CODE_STOPPED})
	case <-ctx.Done():
		return ctx.Err()
	}
}

// guestError names the end of a call: what the agent answered, the end of the sandbox, or a breach
// of the protocol by the guest.
func (r *Relay) guestError(err error) error {
	if err == nil {
		return nil
	}
	if connect.IsWireError(err) {
		return failure.Relayed(err, failurev1.Code_CODE_LINK)
	}
	if errors.Is(err, link.ErrBusy) {
		return failure.Connect(connect.CodeResourceExhausted, failure.New(failurev1.Code_CODE_LIMIT, "calls to one sandbox", err).Proto())
	}
	code := failurev1.Code_CODE_LINK
	select {
	case <-r.context.Done():
		code = failurev1.Code_CODE_STOPPED
	case <-r.agent.Lost():
		code = failurev1.Code_CODE_STOPPED
	case <-time.After(lostDelay):
	}
	return failure.Connect(connect.CodeUnavailable, failure.Of(err, code))
}

// lostDelay is how long after the calls on it a broken connection may be known as lost.
const lostDelay = 100 * time.Millisecond

func (r *Relay) count(id string, change int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attached[id] += change
	if r.attached[id] == 0 {
		delete(r.attached, id)
	}
}

func (r *Relay) hasClients(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.attached[id] > 0
}

// mainOf is the main program if that is its id, and whether it is handed to the caller: once, to
// the awaited first client.
func (r *Relay) mainOf(id string) (main *program, handed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.main == nil || r.main.id != id {
		return nil, false
	}
	handed, r.awaited = r.awaited, false
	return r.main, handed
}

// expire ends the wait for main's first client, unless it has come.
func (r *Relay) expire() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	expired := r.awaited
	r.awaited = false
	return expired
}
