package program

import (
	"context"
	"errors"
	"slices"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
)

// Service is menv.agent.v1.ProcessService on a table.
type Service struct {
	table func() (*Table, error)
}

// NewService makes the service. table answers an error until the sandbox is configured.
func NewService(table func() (*Table, error)) *Service { return &Service{table} }

// Signal sends a signal to a program or its group.
func (s *Service) Signal(_ context.Context, request *agentv1.SignalRequest) (*agentv1.SignalResponse, error) {
	p, err := s.find(request.GetId())
	if err != nil {
		return nil, err
	}
	const lastSignal = 64
	if sig := request.GetSignal(); sig < 1 || sig > lastSignal {
		return nil, invalid("signal", "a signal is a number from 1 to 64")
	}
	running, err := p.signal(unix.Signal(request.GetSignal()), request.GetGroup())
	if err != nil {
		return nil, connect.NewError(fault.KindOf(err), err)
	}
	if !running {
		return nil, fault.New(connect.CodeNotFound, failurev1.Code_CODE_PROCESS_UNKNOWN, p.id, errEnded)
	}
	return &agentv1.SignalResponse{}, nil
}

// Resize changes the size of a program's terminal.
func (s *Service) Resize(_ context.Context, request *agentv1.ResizeRequest) (*agentv1.ResizeResponse, error) {
	p, err := s.find(request.GetId())
	if err != nil {
		return nil, err
	}
	if err := checkSize(request.GetSize()); err != nil {
		return nil, err
	}
	// A program that ends meanwhile takes its terminal along: no size to set is no failure.
	if err := p.resize(request.GetSize()); errors.Is(err, unix.ENOTTY) {
		return nil, connect.NewError(connect.CodeFailedPrecondition, errors.New("the program has no terminal"))
	}
	return &agentv1.ResizeResponse{}, nil
}

// ListProcesses lists the programs, oldest first.
func (s *Service) ListProcesses(context.Context, *agentv1.ListProcessesRequest) (*agentv1.ListProcessesResponse, error) {
	table, err := s.table()
	if err != nil {
		return nil, err
	}
	infos := table.list()
	slices.SortFunc(infos, func(a, b *agentv1.ProcessInfo) int {
		return int(max(min(a.GetStartedUnixNanos()-b.GetStartedUnixNanos(), 1), -1))
	})
	return &agentv1.ListProcessesResponse{Processes: infos}, nil
}

func (s *Service) find(id string) (*Program, error) {
	table, err := s.table()
	if err != nil {
		return nil, err
	}
	return table.find(id)
}

// A list of programs is one message: their arguments are cut to what helps to tell them apart.
const maxListedArguments = 2 << 10

func (p *Program) info() *agentv1.ProcessInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	info := &agentv1.ProcessInfo{
		Id:               p.id,
		Pid:              uint32(p.child.Inner),
		Program:          p.spec.GetProgram(),
		Tty:              p.master != nil,
		Clients:          uint32(p.clients),
		StartedUnixNanos: p.started.UnixNano(),
		Exited:           p.exited,
	}
	size := 0
	for _, arg := range p.spec.GetArgs() {
		if size += len(arg) + 1; size > maxListedArguments {
			break
		}
		info.Args = append(info.Args, arg)
	}
	return info
}
