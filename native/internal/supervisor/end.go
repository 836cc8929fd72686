package supervisor

import (
	"context"
	"errors"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/failure"
)

// What comes after the guest's own end, or after the wait for it.
const (
	reapTime = 1 * time.Second
	syncTime = 1 * time.Second
)

// firstClientTime bounds the wait for the announced client of a main program that has ended.
const firstClientTime = 30 * time.Second

// shutdown asks the guest to end its programs and unmount. It tells whether the guest did.
func (m *machine) shutdown(ctx context.Context, guest agentv1connect.AgentServiceClient) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan bool)
	ask := func() {
		answer, err := guest.Shutdown(ctx, &agentv1.ShutdownRequest{GraceMs: uint32(m.stop.remaining().Milliseconds())})
		select {
		case answers <- err == nil && answer.GetClean():
		case <-ctx.Done():
		}
	}
	if !m.stop.isAsked() {
		m.stop.conclude(0)
	}
	go ask()
	limit := time.NewTimer(m.stop.guestTime())
	defer limit.Stop()
	// A program that waits for the host's file system cannot be killed before it is let go.
	killed := time.AfterFunc(m.stop.remaining(), m.volumes.LetGo)
	defer killed.Stop()
	for asked := 1; asked > 0; {
		select {
		case clean := <-answers:
			if clean {
				return true
			}
			asked--
		case <-m.stop.sooner:
			asked++
			go ask()
			limit.Reset(m.stop.guestTime())
			killed.Reset(m.stop.remaining())
		case <-limit.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
	return false
}

// finish ends the VMM, makes everything durable, tells the result and gives the run folder up. From
// the moment front ends see the end, the next supervisor may start.
func (m *machine) finish(ended outcome) {
	m.board.enter(machinev1.Phase_PHASE_STOPPING)
	m.ports.Close()
	if m.vm != nil && !m.kill() && ended.err == nil {
		ended.err = m.vmmFailure(errors.New("does not end"))
	}
	m.settleDisk(ended.clean)
	m.settleMain(ended)
	m.leaveNetwork()
	_ = m.image.Release() // the kernel does it too
	m.log.Close()
	m.console.Close()

	last, _ := m.board.snapshot()
	setPhase(last, machinev1.Phase_PHASE_ENDED)
	last.Ports = nil
	last.Clean = ended.clean
	if ended.err != nil && !errors.Is(ended.err, errAsked) {
		last.Failure = failure.Of(ended.err, failurev1.Code_CODE_VMM_FAILED)
	}
	// A result that cannot be written is missed, not waited for; who watches gets it all the same.
	_ = m.folder.WriteResult(&machinev1.RunResult{State: last})
	_ = m.folder.Withdraw()
	_ = m.folder.Release()
	m.board.update(func(state *machinev1.MachineState) {
		state.Phase, state.History, state.Ports = last.GetPhase(), last.GetHistory(), nil
		state.Clean, state.Failure = last.GetClean(), last.GetFailure()
	})
	m.relay.Close()
}

// kill ends the VMM. What the guest flushed is in the host's kernel: nothing is lost by not asking.
func (m *machine) kill() bool {
	_ = m.vm.Kill()
	m.plugOut()
	select {
	case <-m.vm.Exited():
	case <-time.After(reapTime):
		return false
	}
	m.vm.Streams().Close()
	m.vm.Close()
	return true
}

// settleDisk makes the disk durable, or deletes an ephemeral one.
func (m *machine) settleDisk(clean bool) {
	if m.spec.GetEphemeral() {
		_ = disk.Delete(m.spec.GetDisk())
		return
	}
	if clean || m.vm == nil {
		return
	}
	written, err := disk.Open(m.spec.GetDisk())
	if err != nil {
		return
	}
	synced := make(chan struct{})
	go func() {
		defer close(synced)
		_ = disk.Sync(written.Top().Path)
	}()
	select {
	case <-synced:
	case <-time.After(syncTime):
	}
}

// settleMain lets the announced first client of an ended main program fetch its output.
func (m *machine) settleMain(ended outcome) {
	if ended.main == nil || ended.err != nil || m.stop.fromOutside() {
		return
	}
	limit := time.NewTimer(firstClientTime)
	defer limit.Stop()
	for {
		select {
		case <-ended.main.Settled():
			return
		case <-limit.C:
			return
		case <-m.stop.sooner:
			if m.stop.fromOutside() {
				return
			}
		}
	}
}
