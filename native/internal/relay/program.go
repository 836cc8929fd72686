package relay

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/time/rate"
	"google.golang.org/protobuf/proto"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/link"
)

const (
	// drainRate bounds the work for a program that floods its log while nobody watches.
	drainRate = 16 << 20
	// maxHeld is what the awaited first client's output may take before the program is paused.
	maxHeld = 256 << 10
	// awaitTime is how long a first client that was announced is believed in.
	awaitTime = 30 * time.Second
)

// program is one Exec stream to the agent and the front end at its other end, if any. One
// goroutine, pump, takes everything that comes from the guest.
type program struct {
	relay  *Relay
	policy policy
	id     string // from the spec, or pump's from the agent's first answer

	guest  connect.StreamingClientConn
	cancel context.CancelFunc
	limit  *rate.Limiter

	started  chan struct{}
	progress Progress

	done   chan struct{} // after it exit and err are set
	exit   *agentv1.ExitStatus
	err    error
	change chan struct{} // one place: a client came, or the wait for one is over

	mu      sync.Mutex
	client  *client
	waiting bool // for the announced first client
	held    []frame
	size    int
	// settled is closed when nothing is owed to a first client any more.
	settled chan struct{}
}

func (r *Relay) newProgram(policy policy, id string) *program {
	ctx, cancel := context.WithCancel(r.context)
	p := &program{
		relay: r, policy: policy, id: id,
		cancel:  cancel,
		limit:   rate.NewLimiter(drainRate, link.MaxMessageBytes),
		started: make(chan struct{}),
		done:    make(chan struct{}),
		change:  make(chan struct{}, 1),
		settled: make(chan struct{}),
	}
	stream := r.calls.CallBidiStream(ctx)
	p.guest, p.err = stream.Conn()
	// net/http sees the end of the context only once the request's body has ended.
	context.AfterFunc(ctx, func() { _ = p.guest.CloseRequest() })
	return p
}

// await holds the output for a first client. Call it before run.
func (p *program) await() {
	p.waiting = true
	time.AfterFunc(awaitTime, p.giveUp)
}

// run sends the first message and starts the pump.
func (p *program) run(first *frame) {
	if p.err == nil {
		p.err = p.guest.Send(first)
	}
	// A refused start shows in the answer, with its reason.
	if errors.Is(p.err, io.EOF) {
		p.err = nil
	}
	go p.pump()
}

// pump reads the guest's messages in one reused buffer.
func (p *program) pump() {
	defer p.hangUp()
	message := &frame{}
	for err := p.err; ; {
		if err == nil {
			message.data = message.data[:0]
			err = p.guest.Receive(message)
		}
		if err != nil {
			p.finish(nil, p.ending(err))
			return
		}
		exit, err := p.inspect(message)
		if err != nil {
			p.finish(nil, failure.Connect(connect.CodeUnavailable, failure.Of(err, failurev1.Code_CODE_LINK)))
			return
		}
		p.deliver(message)
		if exit != nil {
			p.finish(exit, nil)
			return
		}
	}
}

// hangUp ends the guest's stream and gives its place back.
func (p *program) hangUp() {
	p.cancel()
	_ = p.guest.CloseResponse()
}

// inspect writes the log and notices start and end.
func (p *program) inspect(message *frame) (*agentv1.ExitStatus, error) {
	field, payload, err := message.kind()
	if err != nil {
		return nil, err
	}
	switch field {
	case responseStarted:
		started := &agentv1.Started{}
		if err := proto.Unmarshal(payload, started); err != nil {
			return nil, errMalformed
		}
		p.begin(started.GetId())
		p.progress.tell(&p.progress.Started)
	case responseStdout, responseStderr:
		p.progress.tell(&p.progress.Output)
		if p.policy.log {
			// A log that cannot be written loses lines; the program goes on.
			_, _ = p.relay.log.Write(payload)
		}
	case responseExited:
		exit := &agentv1.ExitStatus{}
		if err := proto.Unmarshal(payload, exit); err != nil {
			return nil, errMalformed
		}
		return exit, nil
	}
	return nil, nil
}

// deliver gives a message to the client, holds it for an awaited one, or drops it at a bounded rate.
func (p *program) deliver(message *frame) {
	for {
		p.mu.Lock()
		to, waiting := p.client, p.waiting
		if to == nil && waiting && p.size+len(message.data) <= maxHeld {
			p.held = append(p.held, frame{data: append([]byte(nil), message.data...)})
			p.size += len(message.data)
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		switch {
		case to != nil:
			if to.send(message) == nil {
				return
			}
			p.detach(to)
		case waiting:
			select {
			case <-p.change:
			case <-p.relay.context.Done():
				return
			}
		default:
			if !p.relay.hasClients(p.id) {
				_ = p.limit.WaitN(p.relay.context, len(message.data))
			}
			return
		}
	}
}

func (p *program) finish(exit *agentv1.ExitStatus, err error) {
	p.exit, p.err = exit, err
	close(p.done)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.waiting {
		p.settle()
	}
}

// ending names the end of the guest's stream before the program's.
func (p *program) ending(err error) error {
	if errors.Is(err, io.EOF) {
		return failure.Connect(connect.CodeUnavailable, failure.New(failurev1.Code_CODE_LINK, p.id, err).Proto())
	}
	return p.relay.guestError(err)
}

// begin is called by pump for each `started`; a guest may send more than one.
func (p *program) begin(id string) {
	select {
	case <-p.started:
		return
	default:
	}
	if p.id == "" {
		p.id = id
	}
	close(p.started)
}

// giveUp stops waiting for a first client that did not come.
func (p *program) giveUp() {
	if !p.relay.expire() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting, p.held, p.size = false, nil, 0
	p.settle()
	p.changed()
}

// settle needs mu.
func (p *program) settle() {
	select {
	case <-p.settled:
	default:
		close(p.settled)
	}
}

func (p *program) changed() {
	select {
	case p.change <- struct{}{}:
	default:
	}
}
