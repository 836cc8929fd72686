package supervisor

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/link"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/relay"
)

const (
	defaultBootTimeout = 60 * time.Second
	configureTimeout   = 30 * time.Second
	entropyBytes       = 64
	// mainGrace is what other programs get when the main program has ended.
	mainGrace = 2 * time.Second
)

// errAsked ends a life that was asked to end.
var errAsked = errors.New("asked to stop")

// outcome is how a life ended.
type outcome struct {
	err   error // nil or errAsked: as wanted
	clean bool  // the guest unmounted its disk, or never had it
	main  *relay.Main
}

// live prepares, boots, configures and waits, and stops the guest if it still can.
func (m *machine) live(ctx context.Context) outcome {
	if err := m.spawn(ctx); err != nil {
		return outcome{err: err, clean: true}
	}
	agent, err := link.Open(m.vm.Link)
	if err != nil {
		return outcome{err: failure.New(failurev1.Code_CODE_LINK, "", err), clean: true}
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	go m.watch(ctx, cancel, agent)
	go m.refineClock(ctx)

	guest := agentv1connect.NewAgentServiceClient(agent, link.BaseURL,
		connect.WithReadMaxBytes(link.MaxMessageBytes), connect.WithAcceptCompression("gzip", nil, nil))
	if err := m.boot(ctx, guest); err != nil {
		return outcome{err: err, clean: true}
	}
	m.board.enter(machinev1.Phase_PHASE_CONFIGURING)
	if err := m.configure(ctx, guest); err != nil {
		m.board.enter(machinev1.Phase_PHASE_STOPPING)
		m.stop.conclude(0)
		return outcome{err: err, clean: m.shutdown(ctx, guest)}
	}
	m.board.enter(machinev1.Phase_PHASE_RUNNING)
	main, err := m.serveUntilEnd(ctx, agent)
	m.board.enter(machinev1.Phase_PHASE_STOPPING)
	return outcome{err: err, clean: m.shutdown(ctx, guest), main: main}
}

// spawn makes the disk and starts the VMM.
func (m *machine) spawn(ctx context.Context) error {
	if m.spec.GetEphemeral() {
		// A killed predecessor's.
		if err := disk.Remove(m.spec.GetDisk()); err != nil {
			return failure.New(failurev1.Code_CODE_DISK, m.spec.GetDisk(), err)
		}
	}
	if err := disk.Ensure(m.spec.GetEmptyDisk(), m.spec.GetDisk()); err != nil {
		return err
	}
	rate, err := m.meter.KHz(ctx)
	if err != nil {
		return errAsked
	}
	m.vm, err = qemu.Start(qemu.Config{
		Program: m.program, CPUs: m.spec.GetCpus(), MemoryMiB: m.spec.GetMemoryMib(),
		Kernel: m.spec.GetKernel(), AgentDisk: m.spec.GetAgentDisk(), RootDisk: m.spec.GetRootDisk(),
		Disk: m.spec.GetDisk(), ClockKHz: rate, Lock: m.folder.Lock(),
	})
	if err != nil {
		return err
	}
	m.board.update(func(state *machinev1.MachineState) {
		state.VmmPid = uint32(m.vm.PID())
		setPhase(state, machinev1.Phase_PHASE_BOOTING)
	})
	return nil
}

// boot waits for the agent's first answer. The call is in the wire before the guest's first
// instruction.
func (m *machine) boot(ctx context.Context, guest agentv1connect.AgentServiceClient) error {
	limit := time.Duration(m.spec.GetBootTimeoutMs()) * time.Millisecond
	if limit == 0 {
		limit = defaultBootTimeout
	}
	ctx, cancel := m.untilAsked(ctx, limit)
	defer cancel()
	answer, err := guest.Hello(ctx, &agentv1.HelloRequest{Protocol: link.Generation})
	switch {
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return failure.New(failurev1.Code_CODE_BOOT_TIMEOUT, m.spec.GetSandbox(), m.consoleEnd())
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return m.broken(ctx, err)
	case answer.GetProtocol() < link.Generation:
		return failure.New(failurev1.Code_CODE_LINK, "", errors.New("the agent speaks an older protocol"))
	}
	return nil
}

func (m *machine) configure(ctx context.Context, guest agentv1connect.AgentServiceClient) error {
	ctx, cancel := m.untilAsked(ctx, configureTimeout)
	defer cancel()
	request := proto.CloneOf(m.spec.GetGuest())
	if request == nil {
		request = &agentv1.ConfigureRequest{}
	}
	request.Entropy = make([]byte, entropyBytes)
	rand.Read(request.Entropy)
	request.UnixNanos = time.Now().UnixNano()
	_, err := guest.Configure(ctx, request)
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return failure.New(failurev1.Code_CODE_CONFIGURE, "deadline", m.consoleEnd())
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case connect.IsWireError(err):
		return failure.Relayed(err, failurev1.Code_CODE_CONFIGURE)
	}
	return m.broken(ctx, err)
}

// serveUntilEnd opens the sandbox to front ends and returns when it has to end: errAsked, nil when
// the main program ended, or what broke.
func (m *machine) serveUntilEnd(ctx context.Context, agent *link.Client) (*relay.Main, error) {
	m.relay.Connect(agent)
	var done <-chan struct{}
	var main *relay.Main
	if m.spec.GetMain() != nil {
		var err error
		if main, err = m.relay.Main(m.spec.GetMain(), m.spec.GetAwaitClient()); err != nil {
			return nil, failure.New(failurev1.Code_CODE_SPEC, "main", err)
		}
		done = main.Done()
	}
	m.relay.Open()
	select {
	case <-ctx.Done():
		return main, context.Cause(ctx)
	case <-m.stop.asked:
		return main, errAsked
	case <-done:
	}
	m.stop.conclude(mainGrace)
	exit, err := main.Result()
	if err != nil {
		return main, m.mainFailure(ctx, err)
	}
	m.board.update(func(state *machinev1.MachineState) { state.MainExit = exit })
	return main, nil
}

// untilAsked is ctx with a limit, ended too by a wish to stop.
func (m *machine) untilAsked(ctx context.Context, limit time.Duration) (context.Context, func()) {
	ctx, expire := context.WithTimeout(ctx, limit)
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-m.stop.asked:
			cancel(errAsked)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil); expire() }
}

// refineClock measures the host's clock for the next start.
func (m *machine) refineClock(ctx context.Context) {
	// Without the cache each start measures for itself.
	_ = m.meter.Refine(ctx)
}
