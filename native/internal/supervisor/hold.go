package supervisor

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"connectrpc.com/connect"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/qemu"
)

const (
	// freezeTime is what programs and the disk get to hold still.
	freezeTime = 2 * time.Second
	// holdTime bounds the wait for a guest that does not answer, thawTime that for one that goes on.
	holdTime = 5 * time.Second
	thawTime = 30 * time.Second
	// markerBytes is what Freeze asks for.
	markerBytes = 32
)

// pause holds the programs still, if they can be, and stops the processors.
func (m *machine) pause(ctx context.Context) error {
	m.turn.Lock()
	defer m.turn.Unlock()
	guest, err := m.settled()
	if err != nil {
		return err
	}
	if m.resting = false; m.paused { // whoever pauses it resumes it
		m.setPaused(true)
	}
	err = m.hold(ctx, guest)
	m.parked.Store(err == nil)
	return err
}

// hold is pause; m.turn is held.
func (m *machine) hold(ctx context.Context, guest *guest) error {
	if m.paused {
		return nil
	}
	m.held, _ = m.freeze(ctx, guest)
	if err := m.vm.Pause(ctx); err != nil {
		return errors.Join(m.vmmFailure(err), m.release(ctx, guest))
	}
	m.setPaused(true)
	return nil
}

// resume undoes pause.
func (m *machine) resume(ctx context.Context) error {
	m.turn.Lock()
	defer m.turn.Unlock()
	guest, err := m.settled()
	if err != nil || !m.paused {
		return err
	}
	return m.release(ctx, guest)
}

// keeper is the VMM if it can keep its guest's memory, which only QEMU can.
func (m *machine) keeper() (*qemu.VM, error) {
	vm, ok := m.vm.(*qemu.VM)
	if !ok {
		return nil, noMemory(m.spec)
	}
	return vm, nil
}

// noMemory is the failure of what needs the memory of a guest whose VMM cannot keep it.
func noMemory(spec *machinev1.MachineSpec) error {
	return failure.New(failurev1.Code_CODE_BACK_END, spec.GetSandbox(), nil)
}

// settled is the running guest; m.turn is held.
func (m *machine) settled() (*guest, error) {
	if m.guest == nil {
		return nil, failure.Connect(connect.CodeUnavailable, &failurev1.Failure{Code: failurev1.Code_CODE_STOPPED})
	}
	return m.guest, nil
}

// settle opens the guest to pauses and snapshots, and with nil closes it to them.
func (m *machine) settle(guest *guest) {
	m.turn.Lock()
	defer m.turn.Unlock()
	m.guest = guest
}

// freeze tells whether no program runs and the disk is flushed, and since when the programs stand still. A
// guest that does not answer is held all the same: by its processors.
func (m *machine) freeze(ctx context.Context, guest *guest) (held bool, since time.Time) {
	ctx, cancel := context.WithTimeout(ctx, holdTime)
	defer cancel()
	m.marker = make([]byte, markerBytes)
	rand.Read(m.marker)
	answer, err := guest.service.Freeze(ctx, &agentv1.FreezeRequest{
		DeadlineMs: uint32(freezeTime.Milliseconds()), Marker: m.marker,
	})
	since = time.Now().Add(-min(time.Duration(answer.GetHeldNs()), freezeTime))
	if err == nil {
		// A guest that goes on from a snapshot has nothing of this call left to do.
		err = guest.agent.Settle(ctx)
	}
	if vm, other := m.keeper(); err == nil && other == nil {
		_ = vm.AwaitRest(ctx) // a QEMU that does not answer does not stop either
	}
	if err != nil {
		m.marker = nil
	}
	m.holdVolumes(ctx)
	return answer.GetFrozen() && answer.GetFlushed(), since
}

// release lets processors and programs go on.
func (m *machine) release(ctx context.Context, guest *guest) error {
	// A caller that has gone leaves nothing half done. Whatever fails, the guest counts as paused, and
	// resume tries again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), thawTime)
	defer cancel()
	m.setPaused(true)
	if err := m.vm.Continue(ctx); err != nil {
		return m.vmmFailure(err)
	}
	m.volumes.GoOn()
	if _, err := guest.service.Thaw(ctx, thawing(nil)); err != nil {
		return failure.Relayed(err, failurev1.Code_CODE_CONFIGURE)
	}
	m.resting = false
	m.setPaused(false)
	m.parked.Store(false)
	return nil
}

// thawing lets programs go on now; with an identity, as another guest's.
func thawing(identity *agentv1.Identity) *agentv1.ThawRequest {
	entropy := make([]byte, entropyBytes)
	rand.Read(entropy)
	return &agentv1.ThawRequest{UnixNanos: time.Now().UnixNano(), Entropy: entropy, Identity: identity}
}

func (m *machine) setPaused(paused bool) {
	m.paused = paused
	m.board.update(func(state *machinev1.MachineState) {
		if paused && !state.GetPaused() {
			state.PausedUnixNanos = time.Now().UnixNano()
		}
		if !paused || !m.resting {
			state.Idle = false
		}
		if !paused {
			state.PausedUnixNanos = 0
		}
		state.Paused = paused
	})
}

// unhold lets a paused guest run, so that it can be asked to end.
func (m *machine) unhold() {
	m.idle.watch(false)
	m.turn.Lock()
	defer m.turn.Unlock()
	m.guest = nil
	if m.paused {
		ctx, cancel := context.WithTimeout(context.Background(), holdTime)
		defer cancel()
		if m.vm.Continue(ctx) == nil {
			m.volumes.GoOn()
			m.setPaused(false)
			m.parked.Store(false)
		}
	}
}
