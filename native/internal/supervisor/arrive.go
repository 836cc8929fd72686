package supervisor

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/jail"
	"sandboxfile/native/internal/link"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/vmm"
)

const (
	defaultBootTimeout = 60 * time.Second
	// cloneTimeout is far above the tenths of a second that a clone needs to answer on a busy host.
	cloneTimeout = 15 * time.Second
)

// guest is a running, configured guest.
type guest struct {
	ctx     context.Context // ends with the VMM, the link or the disk, with the reason as its cause
	cancel  context.CancelCauseFunc
	agent   *link.Client
	service agentv1connect.AgentServiceClient
}

func (g *guest) leave() { g.cancel(nil) }

// arrive starts the guest: from the snapshot that was asked for; with the spare one if there is one; from a
// template if there is one; and by booting it if none of these is any good. A nil guest comes with how the
// life ended.
func (m *machine) arrive(ctx context.Context, from *resumption) (*guest, outcome) {
	rate, err := m.meter.KHz(ctx)
	if err != nil {
		return nil, outcome{err: errAsked, clean: true}
	}
	// A spare guest is there only where QEMU is what runs guests.
	if m.spare == nil {
		if err := m.choose(ctx, from != nil); err != nil {
			return nil, outcome{err: err, clean: true}
		}
	}
	config := m.config(rate)
	if from != nil {
		return m.restore(ctx, config, from)
	}
	if m.spare != nil {
		started, err := m.adopt(ctx, config, m.spare)
		if err == nil {
			return started, outcome{}
		}
		if m.stop.isAsked() {
			return nil, outcome{err: err, clean: true}
		}
	}
	source := m.findSource(config)
	defer source.close()
	if source.template != nil {
		started, err := m.clone(ctx, config, source)
		if err == nil {
			m.aside.Go(source.note)
			return started, outcome{}
		}
		if m.stop.isAsked() {
			return nil, outcome{err: err, clean: true}
		}
		source.broken = err
	}
	started, failed := m.boot(ctx, config)
	if started != nil {
		m.tellBroken(source.broken)
		m.aside.Go(func() { source.renew(m.makeTemplate) })
		go m.refineClock(started.ctx)
	}
	return started, failed
}

// clone leaves nothing behind when it fails: what it wrote to the disk is in the file system's
// journal, as after a loss of power.
func (m *machine) clone(ctx context.Context, config qemu.Config, source *source) (*guest, error) {
	source.template.Apply(&config)
	started, err := m.start(ctx, config)
	if err == nil {
		if err = m.introduce(started); err == nil {
			return started, nil
		}
		started.leave()
	}
	return nil, m.giveUp(err)
}

// giveUp ends the VMM that err has made useless.
func (m *machine) giveUp(err error) error {
	if m.vm != nil && !m.kill() {
		err = errors.Join(err, errors.New("QEMU does not end"))
	}
	m.vm = nil
	return err
}

// introduce greets and configures a clone.
func (m *machine) introduce(clone *guest) error {
	if err := m.greet(clone.ctx, clone.service, cloneTimeout); err != nil {
		return err
	}
	m.board.enter(machinev1.Phase_PHASE_CONFIGURING)
	if err := m.configure(clone.ctx, clone.service); err != nil {
		return err
	}
	m.board.update(func(state *machinev1.MachineState) { state.Cloned = true })
	return nil
}

func (m *machine) boot(ctx context.Context, config qemu.Config) (*guest, outcome) {
	started, err := m.start(ctx, config)
	if err != nil {
		return nil, outcome{err: err, clean: true}
	}
	limit := time.Duration(m.spec.GetBootTimeoutMs()) * time.Millisecond
	if limit == 0 {
		limit = defaultBootTimeout
	}
	if err := m.greet(started.ctx, started.service, limit); err != nil {
		started.leave()
		return nil, outcome{err: err, clean: true}
	}
	m.board.enter(machinev1.Phase_PHASE_CONFIGURING)
	if err := m.configure(started.ctx, started.service); err != nil {
		defer started.leave()
		m.board.enter(machinev1.Phase_PHASE_STOPPING)
		m.stop.conclude(0)
		return nil, outcome{err: err, clean: m.shutdown(started.ctx, started.service)}
	}
	return started, outcome{}
}

func (m *machine) config(clockKHz uint64) qemu.Config {
	return qemu.Config{
		Program: m.program, CPUs: m.spec.GetCpus(), MemoryMiB: m.spec.GetMemoryMib(),
		Kernel: m.spec.GetKernel(), AgentDisk: m.spec.GetAgentDisk(), RootDisk: m.spec.GetRootDisk(),
		Disk: m.disk, ClockKHz: clockKHz, Lock: m.folder.Lock(),
		Network: m.spec.GetNetwork() != nil,
	}
}

// start spawns the VMM and watches over it.
func (m *machine) start(ctx context.Context, config qemu.Config) (*guest, error) {
	if err := m.spawn(config); err != nil {
		return nil, err
	}
	return m.connect(ctx, m.begin), nil
}

// begin makes the guest go.
func (m *machine) begin(ctx context.Context) error {
	err := m.vm.Begin(ctx, func() { m.board.note(machinev1.Step_STEP_CONTROLLED) })
	if err == nil {
		m.board.note(machinev1.Step_STEP_LOADED)
	}
	return err
}

// rejoin is start for a guest that has been running elsewhere and is to be another one from here on. Its
// programs run when it returns.
func (m *machine) rejoin(ctx context.Context, config qemu.Config, marker []byte, identity *agentv1.Identity) (*guest, error) {
	if err := m.spawn(config); err != nil {
		return nil, err
	}
	waiting, cancel := m.untilAsked(ctx, cloneTimeout)
	defer cancel()
	vm, err := m.keeper()
	if err == nil {
		err = m.begin(waiting)
	}
	if err != nil {
		return nil, m.linkFailure(err)
	}
	m.volumes.GoOn()
	m.catchUp(waiting)
	// The clock is that of now; on its way to the guest it gets a little late.
	message, err := proto.Marshal(thawing(identity))
	if err != nil {
		return nil, err
	}
	answer, err := vm.Rejoin(waiting, marker, message)
	if err != nil {
		return nil, m.linkFailure(err)
	}
	if len(answer) > 0 {
		return nil, failure.New(failurev1.Code_CODE_CONFIGURE, "identity", errors.New(string(answer)))
	}
	m.board.note(machinev1.Step_STEP_ANSWERED)
	return m.connect(ctx, func(context.Context) error { return nil }), nil
}

func (m *machine) spawn(config qemu.Config) error {
	m.board.note(machinev1.Step_STEP_PREPARED)
	vm, err := m.launch(config)
	if err != nil {
		return err
	}
	m.board.note(machinev1.Step_STEP_SPAWNED)
	m.own(vm)
	return nil
}

// own makes the VM this sandbox's.
func (m *machine) own(vm vmm.Machine) {
	m.vm = vm
	m.plugIn()
	m.serveVolumes()
	m.board.update(func(state *machinev1.MachineState) {
		state.VmmPid, state.BackEnd = uint32(m.vm.PID()), m.backEnd()
		state.Jail = jail.Proto(m.vm.Jail())
		setPhase(state, machinev1.Phase_PHASE_BOOTING)
	})
}

// connect opens the link and watches over the VMM, which begin makes go.
func (m *machine) connect(ctx context.Context, begin func(context.Context) error) *guest {
	return m.attend(ctx, link.Open(m.vm.Streams().Link), begin)
}

// attend watches over the VMM and its guest.
func (m *machine) attend(ctx context.Context, agent *link.Client, begin func(context.Context) error) *guest {
	started := &guest{agent: agent, service: agent.Agent()}
	started.ctx, started.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	go m.watchVolumes(started.ctx, started.cancel)
	go m.watch(started.ctx, started.cancel, m.vm, agent, begin)
	return started
}

// linkFailure names a link that cannot even be written to: its VMM has not started or died at once.
func (m *machine) linkFailure(err error) error {
	select {
	case <-m.vm.Exited():
		return m.vmmFailure(m.vm.Ended())
	case <-time.After(settleTime):
		return failure.New(failurev1.Code_CODE_LINK, "", err)
	}
}

// refineClock measures the host's clock for the next start.
func (m *machine) refineClock(ctx context.Context) {
	// Without the cache each start measures for itself.
	_ = m.meter.Refine(ctx)
}
