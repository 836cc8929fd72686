package relay

import (
	"context"
	"sync"

	"connectrpc.com/connect"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
)

// client is the front end at a program's stream.
type client struct {
	conn connect.StreamingHandlerConn
	mu   sync.Mutex // one message at a time; held while what was kept for the client is sent
	gone chan struct{}
	once sync.Once
}

func (c *client) send(message *frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn.Send(message)
}

func (c *client) leave() { c.once.Do(func() { close(c.gone) }) }

// serve is a front end's stay with the program. first starts the guest's stream; nil when it runs.
func (p *program) serve(ctx context.Context, conn connect.StreamingHandlerConn, first *frame) error {
	c := &client{conn: conn, gone: make(chan struct{})}
	defer p.left(c)
	if err := p.take(c, first); err != nil {
		return err
	}
	inputEnded := make(chan struct{})
	go func() {
		defer close(inputEnded)
		p.forwardInput(conn)
	}()
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
	case <-c.gone:
	}
	if !p.policy.drain {
		p.cancel()
		return ctx.Err()
	}
	if p.policy.endInput {
		go func() {
			<-inputEnded
			p.endInput()
		}()
	}
	return ctx.Err()
}

// take makes c the client and sends what was held for it before anything newer.
func (p *program) take(c *client, first *frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p.mu.Lock()
	p.client, p.waiting = c, false
	held := p.held
	p.held, p.size = nil, 0
	p.changed()
	p.mu.Unlock()
	if first != nil {
		p.run(first)
	}
	for i := range held {
		if err := c.conn.Send(&held[i]); err != nil {
			return err
		}
	}
	return nil
}

// left ends a client's stay. Holding its turn means that the pump sends nothing to it any more:
// its stream ends with the handler's return.
func (p *program) left(c *client) {
	p.detach(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle()
}

func (p *program) detach(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client == c {
		p.client = nil
	}
	c.leave()
}

// forwardInput carries the client's messages to the guest, at the guest's pace.
func (p *program) forwardInput(conn connect.StreamingHandlerConn) {
	message := &frame{}
	for {
		message.data = message.data[:0]
		if conn.Receive(message) != nil || p.guest.Send(message) != nil {
			return
		}
	}
}

func (p *program) endInput() {
	end, err := newRequest(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_StdinEnd{StdinEnd: &agentv1.StdinEnd{}}})
	if err == nil {
		// A program that has ended takes no end of input.
		_ = p.guest.Send(end)
	}
}
