package supervisor

import (
	"context"
	"errors"
	"io/fs"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/volume"
)

// catchUpTime is enough for what a guest knows at most, on a host with much to do.
const catchUpTime = 2 * time.Second

// openVolumes opens what the guest is to see of the host: what its paths mean now, they mean for its
// whole life.
func openVolumes(spec *machinev1.MachineSpec) (*volume.Server, error) {
	configs := make([]volume.Config, len(spec.GetVolumes()))
	for i, v := range spec.GetVolumes() {
		configs[i] = volume.Config{
			Host: v.GetHost(), ReadOnly: v.GetReadOnly(), Hide: v.GetHide(), Private: v.GetPrivate(), Quota: v.GetQuota(),
		}
	}
	server, err := volume.Open(configs)
	if refused, ok := errors.AsType[*volume.OpenError](err); ok {
		code := failurev1.Code_CODE_VOLUME
		if errors.Is(err, fs.ErrNotExist) {
			code = failurev1.Code_CODE_VOLUME_MISSING
		}
		return nil, failure.New(code, refused.Host, refused.Err)
	}
	if err != nil {
		return nil, failure.New(failurev1.Code_CODE_SPEC, "volumes", err)
	}
	return server, nil
}

// mounts is what the agent is to mount.
func (m *machine) mounts() []*agentv1.Mount {
	files := m.volumes.Files()
	mounts := make([]*agentv1.Mount, len(files))
	for i, v := range m.spec.GetVolumes() {
		mounts[i] = &agentv1.Mount{Path: v.GetGuest(), File: files[i], ReadOnly: v.GetReadOnly(), Private: v.GetPrivate()}
	}
	return mounts
}

// volumeGrowth tells of the volumes with a quota what is used of it.
func (m *machine) volumeGrowth() []*machinev1.VolumeGrowth {
	var list []*machinev1.VolumeGrowth
	for _, each := range m.volumes.Growth() {
		v := m.spec.GetVolumes()[each.Volume]
		list = append(list, &machinev1.VolumeGrowth{Host: v.GetHost(), Guest: v.GetGuest(), Used: each.Used, Quota: each.Quota})
	}
	return list
}

// serveVolumes answers the guest's requests from now on until its VMM ends: the first of them may come
// before anything else of the guest's.
func (m *machine) serveVolumes() {
	broken := make(chan error, 1)
	m.volumesBroken = broken
	wire := m.vm.Streams().Volumes
	go func() { broken <- m.volumes.Serve(context.Background(), wire) }()
}

// watchVolumes ends a guest that breaks the wire.
func (m *machine) watchVolumes(ctx context.Context, end context.CancelCauseFunc) {
	select {
	case err := <-m.volumesBroken:
		if err != nil {
			end(failure.New(failurev1.Code_CODE_LINK, "volumes", err))
		}
	case <-ctx.Done():
	}
}

// catchUp gives the volumes time to tell a guest of what has changed since its programs stood still. A host's file system
// that does not answer is not to keep them longer.
func (m *machine) catchUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	m.volumes.CatchUp(ctx)
}

// holdVolumes makes them stand still. One that does not keeps the guest from being saved, not from being
// paused. m.turn is held.
func (m *machine) holdVolumes(ctx context.Context) { m.volumesMoving = m.volumes.Hold(ctx) }

// volumeTable is what a guest that goes on from now knows of its volumes; m.turn is held.
func (m *machine) volumeTable() ([]byte, error) {
	if m.volumesMoving != nil {
		return nil, m.volumesMoving
	}
	return m.volumes.Table()
}
