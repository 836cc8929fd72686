package supervisor

import (
	"context"
	"errors"
	"fmt"

	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/qemu"
)

// branch is an empty layer that is ready to be put on top of the running guest's disk. The record on
// the host's disk names it from the start: with nothing in it, it makes no difference there.
type branch struct {
	machine     *machine
	vm          *qemu.VM
	under, with disk.Chain
	layer       qemu.Layer
	tried       bool
}

// branch prepares a branch; m.turn is held.
func (m *machine) branch(ctx context.Context, vm *qemu.VM) (*branch, error) {
	if m.disk == nil {
		return nil, errors.New("QEMU did not answer when its disk was changed: the sandbox has to be stopped first")
	}
	if len(m.disk) >= disk.MaxLayers {
		return nil, fmt.Errorf("%d snapshots were made since the sandbox was started: it has to be stopped first", len(m.disk)-1)
	}
	b := &branch{machine: m, vm: vm, under: m.disk}
	var err error
	if b.with, err = disk.Extend(m.spec.GetDisk(), b.under); err != nil {
		return nil, err
	}
	if b.layer, err = vm.PrepareLayer(ctx, b.with.Top()); err != nil {
		return nil, errors.Join(err, disk.Retract(m.spec.GetDisk(), b.under))
	}
	return b, nil
}

// take puts the layer on top of the paused guest's disk: what is under it is of this moment then.
func (b *branch) take(ctx context.Context) (disk.Chain, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), switchTime)
	defer cancel()
	b.tried = true
	err := b.vm.PutOnTop(ctx, b.layer)
	if err != nil {
		// Whether it is on top nobody knows. The record is right either way.
		b.machine.disk = nil
		return nil, err
	}
	b.machine.disk = b.with
	return b.under, nil
}

// retract takes the layer back when take was not called.
func (b *branch) retract() error {
	if b.tried {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), switchTime)
	defer cancel()
	return errors.Join(b.vm.DropLayer(ctx, b.layer), disk.Retract(b.machine.spec.GetDisk(), b.under))
}
