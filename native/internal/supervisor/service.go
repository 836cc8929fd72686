package supervisor

import (
	"context"
	"errors"
	"os"
	"time"

	"connectrpc.com/connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/procstat"
)

// maxConsole caps ReadConsole.
const maxConsole = 256 << 10

// service is MachineService. No call in it waits for the guest, but for those that hold it still, which
// have their deadlines.
type service struct {
	machine *machine
}

func (s *service) GetState(context.Context, *machinev1.GetStateRequest) (*machinev1.GetStateResponse, error) {
	state, _ := s.machine.board.snapshot()
	return &machinev1.GetStateResponse{State: state, Launch: s.machine.spec.GetLaunch()}, nil
}

func (s *service) WatchState(ctx context.Context, _ *machinev1.WatchStateRequest, stream *connect.ServerStream[machinev1.WatchStateResponse]) error {
	for {
		state, changed := s.machine.board.snapshot()
		if err := stream.Send(&machinev1.WatchStateResponse{State: state}); err != nil {
			return err
		}
		if state.GetPhase() == machinev1.Phase_PHASE_ENDED {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *service) Stop(ctx context.Context, request *machinev1.StopRequest) (*machinev1.StopResponse, error) {
	s.machine.stop.request(time.Duration(request.GetGraceMs()) * time.Millisecond)
	for {
		state, changed := s.machine.board.snapshot()
		if state.GetPhase() == machinev1.Phase_PHASE_ENDED {
			return &machinev1.StopResponse{State: state}, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *service) Pause(ctx context.Context, _ *machinev1.PauseRequest) (*machinev1.PauseResponse, error) {
	return &machinev1.PauseResponse{}, told(s.machine.pause(ctx))
}

func (s *service) Resume(ctx context.Context, _ *machinev1.ResumeRequest) (*machinev1.ResumeResponse, error) {
	return &machinev1.ResumeResponse{}, told(s.machine.resume(ctx))
}

func (s *service) Snapshot(ctx context.Context, request *machinev1.SnapshotRequest) (*machinev1.SnapshotResponse, error) {
	info, err := s.machine.save(ctx, request)
	return &machinev1.SnapshotResponse{Info: info}, told(err)
}

func (s *service) PublishPort(_ context.Context, request *machinev1.PublishPortRequest) (*machinev1.PublishPortResponse, error) {
	port, err := s.machine.ports.Publish(request.GetPort())
	return &machinev1.PublishPortResponse{Port: port}, told(err)
}

func (s *service) WithdrawPort(_ context.Context, request *machinev1.WithdrawPortRequest) (*machinev1.WithdrawPortResponse, error) {
	return &machinev1.WithdrawPortResponse{}, told(s.machine.ports.Withdraw(request.GetHost(), request.GetProtocol()))
}

// told is an error as it travels.
func told(err error) error {
	if err == nil {
		return nil
	}
	if wire, ok := errors.AsType[*connect.Error](err); ok {
		return wire
	}
	return failure.Connect(connect.CodeInternal, failure.Of(err, failurev1.Code_CODE_VMM_FAILED))
}

func (s *service) GetMetrics(ctx context.Context, _ *machinev1.GetMetricsRequest) (*machinev1.GetMetricsResponse, error) {
	response := &machinev1.GetMetricsResponse{Network: s.machine.countNetwork(ctx)}
	state, _ := s.machine.board.snapshot()
	// What cannot be read, because it has just ended, counts nothing.
	if pid := state.GetVmmPid(); pid != 0 {
		if usage, err := procstat.Read(int(pid)); err == nil {
			response.VmmCpuNs, response.VmmResidentBytes = usage.CPUNanos, usage.ResidentBytes
		}
	}
	if usage, err := procstat.Read(os.Getpid()); err == nil {
		response.SupervisorResidentBytes = usage.ResidentBytes
	}
	if layers, err := disk.Open(s.machine.spec.GetDisk()); err == nil {
		response.DiskBytes = layers.Allocated()
	}
	response.Volumes = s.machine.volumeGrowth()
	return response, nil
}

func (s *service) ReadConsole(_ context.Context, request *machinev1.ReadConsoleRequest) (*machinev1.ReadConsoleResponse, error) {
	size := min(request.GetMaxBytes(), maxConsole)
	return &machinev1.ReadConsoleResponse{Data: s.machine.console.Tail(int(size))}, nil
}
