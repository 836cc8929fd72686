package supervisor

import (
	"context"

	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/snapshot"
)

// capture is how the disk of a guest that stands still gets into a snapshot.
type capture interface {
	// take returns the layers of this moment, which do not change any more.
	take(ctx context.Context) (disk.Chain, error)
	// retract undoes what there is when take was not called.
	retract() error
}

// capture prepares one; m.turn is held. A VMM that can change its guest's disk while it runs shares the layers below
// with the snapshot; of another's the disk is copied, by sharing blocks where the file system can.
func (m *machine) capture(ctx context.Context, draft *snapshot.Draft) (capture, error) {
	if vm, err := m.keeper(); err == nil {
		return m.branch(ctx, vm)
	}
	return duplicate{draft, m.disk}, nil
}

// duplicate is a copy of the disk, made while the guest stands still.
type duplicate struct {
	draft *snapshot.Draft
	disk  disk.Chain
}

func (d duplicate) take(ctx context.Context) (disk.Chain, error) {
	return d.draft.CopyDisk(ctx, d.disk)
}

func (d duplicate) retract() error { return nil }
