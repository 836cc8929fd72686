package export

import (
	"bufio"
	"context"
	"errors"
	"time"

	"connectrpc.com/connect"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/hangup"
	"sandboxfile/native/internal/guest/sandbox"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/link"
)

const (
	// pauseLimit bounds how long an export may keep the programs from going on.
	pauseLimit = 15 * time.Minute
	// stallLimit is what a client may take for one message.
	stallLimit = 30 * time.Second
)

// Running is a configured sandbox.
type Running struct {
	Sandbox *sandbox.Sandbox
	Tree    *tree.Tree
	Placed  map[string]string // see Changes
}

// Service is menv.agent.v1.ExportService.
type Service struct {
	running func() (*Running, error)
}

// NewService makes the service. running answers an error until the sandbox is configured.
func NewService(running func() (*Running, error)) *Service { return &Service{running} }

// ExportChanges streams the layer while the programs stand still.
func (s *Service) ExportChanges(ctx context.Context, _ *agentv1.ExportChangesRequest, stream *connect.ServerStream[agentv1.ExportChangesResponse]) error {
	running, err := s.running()
	if err != nil {
		return err
	}
	err = running.Tree.Use(ctx, func(using context.Context) error {
		return running.Sandbox.Paused(using, func(paused context.Context) error {
			// At the sandbox's end the call is broken off, wherever its client has left it stuck.
			defer context.AfterFunc(paused, func() {
				if ctx.Err() == nil {
					hangup.Call(ctx)
				}
			})()
			limited, cancel := context.WithTimeout(paused, pauseLimit)
			defer cancel()
			return send(limited, stream, running)
		})
	})
	return wire(err)
}

func send(ctx context.Context, stream *connect.ServerStream[agentv1.ExportChangesResponse], running *Running) error {
	out := bufio.NewWriterSize(&sender{ctx, stream}, link.MaxDataBytes)
	err := Write(ctx, out, Changes{
		Upper: running.Sandbox.Upper(), Image: running.Sandbox.Image(),
		Hidden: sandbox.MountPoints(), Placed: running.Placed,
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// sender sends each piece as one message.
type sender struct {
	ctx    context.Context
	stream *connect.ServerStream[agentv1.ExportChangesResponse]
}

func (s *sender) Write(data []byte) (int, error) {
	stalled := time.AfterFunc(stallLimit, func() { hangup.Call(s.ctx) })
	defer stalled.Stop()
	if err := s.stream.Send(&agentv1.ExportChangesResponse{Data: data}); err != nil {
		return 0, err
	}
	return len(data), nil
}

// wire names a failure for who asked.
func wire(err error) error {
	if err == nil {
		return nil
	}
	if named, ok := errors.AsType[*connect.Error](err); ok {
		return named
	}
	switch {
	case errors.Is(err, tree.ErrClosed), errors.Is(err, sandbox.ErrEnding):
		return fault.New(connect.CodeUnavailable, failurev1.Code_CODE_STOPPED, "", nil)
	case errors.Is(err, sandbox.ErrNotPaused):
		return fault.Limit("time for its programs to pause")
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Limit("time that its programs may pause")
	case errors.Is(err, context.Canceled):
		return connect.NewError(connect.CodeCanceled, err)
	}
	if at, ok := errors.AsType[*PathError](err); ok {
		return fault.File(at.Path, at.Err)
	}
	return fault.File("/", err)
}
