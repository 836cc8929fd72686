package relay

import (
	"context"
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
)

// exec serves one front end's Exec stream.
func (r *Relay) exec(ctx context.Context, stream *connect.BidiStream[frame, frame]) error {
	conn := stream.Conn()
	first := &frame{}
	if err := conn.Receive(first); err != nil {
		return err
	}
	if err := r.wait(ctx); err != nil {
		return err
	}
	field, payload, err := first.kind()
	if err != nil {
		return connect.NewError(connect.CodeInvalidArgument, err)
	}
	switch field {
	case requestStart:
		return r.start(ctx, conn, first, payload)
	case requestAttach:
		return r.attach(ctx, conn, first, payload)
	default:
		return connect.NewError(connect.CodeInvalidArgument, errors.New("the first message starts or attaches"))
	}
}

func (r *Relay) start(ctx context.Context, conn connect.StreamingHandlerConn, first *frame, payload []byte) error {
	spec := &agentv1.ProcessSpec{}
	if err := proto.Unmarshal(payload, spec); err != nil {
		return connect.NewError(connect.CodeInvalidArgument, err)
	}
	started := r.newProgram(policyOf(spec), spec.GetId())
	return started.serve(ctx, conn, first)
}

func (r *Relay) attach(ctx context.Context, conn connect.StreamingHandlerConn, first *frame, payload []byte) error {
	request := &agentv1.Attach{}
	if err := proto.Unmarshal(payload, request); err != nil {
		return connect.NewError(connect.CodeInvalidArgument, err)
	}
	id := request.GetId()
	main, handed := r.mainOf(id)
	if handed {
		return main.serve(ctx, conn, nil)
	}
	if main != nil {
		// The agent knows it from then on.
		select {
		case <-main.started:
		case <-main.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.count(id, 1)
	defer r.count(id, -1)
	return r.newProgram(policy{}, id).serve(ctx, conn, first)
}

// policy is what a program's spec asks of the relay.
type policy struct {
	log bool
	// drain: the program goes on without clients, and so does its log.
	drain bool
	// endInput: its standard input ends with its first client.
	endInput bool
}

func policyOf(spec *agentv1.ProcessSpec) policy {
	keep := spec.GetOnDetach() == agentv1.OnDetach_ON_DETACH_KEEP
	return policy{
		log:      spec.GetLog(),
		drain:    spec.GetLog() && keep,
		endInput: keep && spec.GetTty() == nil && spec.GetStdin() == agentv1.Stdin_STDIN_STREAM,
	}
}
