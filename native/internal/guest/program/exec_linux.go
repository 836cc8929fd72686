package program

import (
	"context"

	"connectrpc.com/connect"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/scrollback"
	"sandboxfile/native/internal/link"
)

type execStream = connect.BidiStream[agentv1.ExecRequest, agentv1.ExecResponse]

// client is one attached stream.
type client struct {
	reader *scrollback.Reader
	missed uint64
	fed    bool // it started the program, so the program's input ends with it
}

// Exec starts a program, or attaches to one, and carries its streams.
func (s *Service) Exec(ctx context.Context, stream *execStream) error {
	first, err := stream.Receive()
	if err != nil {
		return err
	}
	p, c, err := s.open(first)
	if err != nil {
		return err
	}
	defer func() { p.detach(c.reader, c.fed) }()
	started := &agentv1.Started{Id: p.id, Pid: uint32(p.child.Inner), MissedBytes: c.missed}
	if err := stream.Send(&agentv1.ExecResponse{Kind: &agentv1.ExecResponse_Started{Started: started}}); err != nil {
		return err
	}
	// Ends when the handler returns at the latest: the stream's body is closed then.
	go p.feed(stream)
	if err := p.deliver(ctx, c.reader, stream); err != nil {
		return err
	}
	<-p.done
	return stream.Send(&agentv1.ExecResponse{Kind: &agentv1.ExecResponse_Exited{Exited: p.exit()}})
}

func (s *Service) open(first *agentv1.ExecRequest) (*Program, client, error) {
	table, err := s.table()
	if err != nil {
		return nil, client{}, err
	}
	switch kind := first.GetKind().(type) {
	case *agentv1.ExecRequest_Start:
		return table.start(kind.Start)
	case *agentv1.ExecRequest_Attach:
		p, err := table.find(kind.Attach.GetId())
		if err != nil {
			return nil, client{}, err
		}
		if p.count() >= maxClients {
			return nil, client{}, fault.Limit("clients of one program")
		}
		reader, missed := p.attach(uint64(kind.Attach.GetReplayBytes()))
		return p, client{reader: reader, missed: missed}, nil
	}
	return nil, client{}, fault.New(connect.CodeInvalidArgument, failurev1.Code_CODE_LINK, "exec",
		errFirstMessage)
}

// deliver sends the output until its end. A client that stalls holds up this call and, in the end,
// its program; nobody else.
func (p *Program) deliver(ctx context.Context, reader *scrollback.Reader, stream *execStream) error {
	stdout := &agentv1.ExecResponse_Stdout{}
	stderr := &agentv1.ExecResponse_Stderr{}
	outMessage := &agentv1.ExecResponse{Kind: stdout}
	errMessage := &agentv1.ExecResponse{Kind: stderr}
	for {
		from, data, ok := reader.Next(ctx)
		if !ok {
			return ctx.Err()
		}
		message := outMessage
		if from == scrollback.Stderr {
			message, stderr.Stderr = errMessage, data
		} else {
			stdout.Stdout = data
		}
		if err := stream.Send(message); err != nil {
			return err
		}
	}
}

// feed takes the client's input until its stream ends or breaks the protocol.
func (p *Program) feed(stream *execStream) {
	for {
		request, err := stream.Receive()
		if err != nil {
			return
		}
		switch kind := request.GetKind().(type) {
		case *agentv1.ExecRequest_Stdin:
			if len(kind.Stdin) > link.MaxDataBytes || p.stdin.write(kind.Stdin) != nil {
				return
			}
		case *agentv1.ExecRequest_StdinEnd:
			p.stdin.end()
		default:
			return
		}
	}
}
