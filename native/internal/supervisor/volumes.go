package supervisor

import (
	"context"
	"errors"
	"io/fs"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/vmm"
	"sandboxfile/native/internal/volume"
)

// openVolumes opens what the guest is to see of the host: what its paths mean now, they mean for its
// whole life.
func openVolumes(spec *machinev1.MachineSpec) (*volume.Server, error) {
	configs := make([]volume.Config, len(spec.GetVolumes()))
	for i, v := range spec.GetVolumes() {
		configs[i] = volume.Config{Host: v.GetHost(), ReadOnly: v.GetReadOnly()}
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
		mounts[i] = &agentv1.Mount{Path: v.GetGuest(), File: files[i], ReadOnly: v.GetReadOnly()}
	}
	return mounts
}

// serveVolumes answers the guest's requests until the VMM ends. A guest that breaks the wire ends.
func (m *machine) serveVolumes(ctx context.Context, end context.CancelCauseFunc, vm vmm.Machine) {
	if err := m.volumes.Serve(ctx, vm.Streams().Volumes); err != nil {
		end(failure.New(failurev1.Code_CODE_LINK, "volumes", err))
	}
}
