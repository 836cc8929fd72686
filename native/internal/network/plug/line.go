package plug

import (
	"context"
	"errors"
	"net"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/network/control"
)

// Counts are what the gateway has counted of the guest; an error when no gateway answers.
func (p *Plug) Counts(ctx context.Context) (*networkv1.Counts, error) {
	if l := p.line.Load(); l != nil {
		return l.counts(ctx)
	}
	return nil, errAlone
}

var errAlone = errors.New("no gateway has the device")

// line is the connection to a gateway.
type line struct {
	conn   net.Conn
	denied func(line []byte)
	turn   chan struct{} // held by the one who asks
	answer chan *networkv1.Counts
	ended  chan struct{}
}

func newLine(conn net.Conn, denied func([]byte)) *line {
	return &line{
		conn: conn, denied: denied, turn: make(chan struct{}, 1), answer: make(chan *networkv1.Counts, 1), ended: make(chan struct{}),
	}
}

// listen returns when the gateway says no more.
func (l *line) listen() {
	defer close(l.ended)
	for {
		told := &networkv1.Told{}
		if control.Receive(l.conn, told) != nil {
			return
		}
		switch told := told.GetTold().(type) {
		case *networkv1.Told_Counts:
			l.forget()
			l.answer <- told.Counts
		case *networkv1.Told_Denial:
			l.denied(told.Denial)
		}
	}
}

func (l *line) counts(ctx context.Context) (*networkv1.Counts, error) {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-l.turn }()
	// One for which nobody waited any more.
	l.forget()
	if err := control.Send(l.conn, &networkv1.GetCounts{}); err != nil {
		return nil, err
	}
	select {
	case counts := <-l.answer:
		return counts, nil
	case <-l.ended:
		return nil, errAlone
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *line) forget() {
	select {
	case <-l.answer:
	default:
	}
}
