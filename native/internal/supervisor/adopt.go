package supervisor

import (
	"context"
	"errors"

	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/template"
)

// adopt makes the spare this sandbox's guest. When it fails there is no guest, and other ways are left.
func (m *machine) adopt(ctx context.Context, config qemu.Config, spare *Spare) (*guest, error) {
	m.board.note(machinev1.Step_STEP_PREPARED)
	m.own(spare.vm)
	started, err := m.takeOver(ctx, config, spare)
	if err == nil {
		m.board.update(func(state *machinev1.MachineState) { state.Cloned, state.Pooled = true, true })
		return started, nil
	}
	if started != nil {
		started.leave()
	}
	return nil, m.giveUp(err)
}

func (m *machine) takeOver(ctx context.Context, config qemu.Config, spare *Spare) (*guest, error) {
	size, err := config.Disk.Size()
	if err != nil {
		return nil, err
	}
	if key, err := template.Key(config, size); err != nil || key != spare.key {
		return nil, errors.Join(err, errors.New("it is another kind of guest"))
	}
	if config.RootDisk, err = spare.rootToSwap(config.RootDisk); err != nil {
		return nil, err
	}
	waiting, cancel := m.untilAsked(ctx, cloneTimeout)
	defer cancel()
	spare.vm.Control.SkipEvents()
	if err := spare.vm.SwapDisks(waiting, config); err != nil {
		return nil, err
	}
	m.board.note(machinev1.Step_STEP_SWAPPED)
	started := m.attend(ctx, spare.agent, func(context.Context) error { return nil })
	if err := spare.vm.Continue(waiting); err != nil {
		return started, err
	}
	m.board.note(machinev1.Step_STEP_LOADED)
	m.board.enter(machinev1.Phase_PHASE_CONFIGURING)
	return started, m.configure(started.ctx, started.service)
}
