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
	"sandboxfile/native/internal/relay"
)

const (
	configureTimeout = 30 * time.Second
	entropyBytes     = 64
	// mainGrace is what other programs get when the main program has ended.
	mainGrace = 2 * time.Second
	// mergeLayers are what a disk may have at a start before they are made one file, which costs a copy
	// of the disk.
	mergeLayers = 16
)

// errAsked ends a life that was asked to end.
var errAsked = errors.New("asked to stop")

// outcome is how a life ended.
type outcome struct {
	err   error // nil or errAsked: as wanted
	clean bool  // the guest unmounted its disk, or never had it
	main  *relay.Main
}

// live prepares, starts the guest and waits, and stops the guest if it still can.
func (m *machine) live(ctx context.Context) outcome {
	resumed, err := m.prepareDisk(ctx)
	if err == nil {
		err = m.openSecrets(ctx)
	}
	if err == nil {
		err = m.joinNetwork()
	}
	if err != nil {
		resumed.close()
		return outcome{err: err, clean: true}
	}
	guest, failed := m.arrive(ctx, resumed)
	resumed.close()
	if guest == nil {
		return failed
	}
	defer m.aside.Wait()
	defer guest.leave()
	if err := m.consume(resumed); err != nil {
		return outcome{err: err}
	}
	m.settle(guest)
	m.idle.watch(true)
	m.board.enter(machinev1.Phase_PHASE_RUNNING)
	main, err := m.serveUntilEnd(guest.ctx, guest.agent, resumed != nil)
	m.unhold()
	m.board.enter(machinev1.Phase_PHASE_STOPPING)
	return outcome{err: err, clean: m.shutdown(guest.ctx, guest.service), main: main}
}

func (m *machine) makeDisk(ctx context.Context) (err error) {
	if m.spec.GetEphemeral() {
		// A killed predecessor's.
		if err := disk.Delete(m.spec.GetDisk()); err != nil {
			return failure.New(failurev1.Code_CODE_DISK, m.spec.GetDisk(), err)
		}
	}
	m.disk, err = disk.Ensure(ctx, m.spec.GetEmptyDisk(), m.spec.GetDisk(), mergeLayers)
	return err
}

// greet waits for the agent's first answer. The call is in the wire before the guest's first
// instruction.
func (m *machine) greet(ctx context.Context, guest agentv1connect.AgentServiceClient, limit time.Duration) error {
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
	m.board.note(machinev1.Step_STEP_ANSWERED)
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
	request.Mounts = m.mounts()
	request.Authority = m.place.authority
	if request.Network = m.place.network; request.GetNetwork() != nil {
		request.DnsServers = []string{request.GetNetwork().GetGatewayIpv4()}
	}
	_, err := guest.Configure(ctx, request)
	switch {
	case err == nil:
		m.board.note(machinev1.Step_STEP_CONFIGURED)
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
func (m *machine) serveUntilEnd(ctx context.Context, agent *link.Client, resumed bool) (*relay.Main, error) {
	m.relay.Connect(agent)
	m.ports.Serve(m.idle.client(agent))
	var done <-chan struct{}
	var main *relay.Main
	if m.spec.GetMain() != nil {
		var err error
		if main, err = m.startMain(resumed); err != nil {
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

// startMain starts the main program; in one that goes on from a snapshot it runs.
func (m *machine) startMain(resumed bool) (*relay.Main, error) {
	if resumed {
		return m.relay.AdoptMain(m.spec.GetMain())
	}
	return m.relay.Main(m.spec.GetMain(), m.spec.GetAwaitClient(), relay.Progress{
		Started: func() { m.board.note(machinev1.Step_STEP_STARTED) },
		Output:  func() { m.board.note(machinev1.Step_STEP_OUTPUT) },
	})
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
