package agent

import (
	"context"
	"errors"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/nic"
	"sandboxfile/native/internal/guest/volumes"
)

// Reset makes the guest as it was before Configure, but for what has been loaded and initialised since.
func (a *Agent) Reset(_ context.Context, request *agentv1.ResetRequest) (*agentv1.ResetResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sandbox == nil || a.ended != nil {
		return nil, errNotConfigured
	}
	if request.GetKeepImage() {
		a.sandbox.KeepImage()
	}
	clean, err := a.end(0)
	if err == nil && !clean {
		err = errors.New("something still holds the disk")
	}
	// The relay's mounts are nowhere when the next sandbox's namespace is made, as at boot.
	renewed := a.relay != nil && a.relay.Used()
	if err == nil && renewed {
		err, a.relay = a.relay.End(), nil
	}
	if err == nil {
		a.prepared, err = a.sandbox.Renew()
	}
	if err == nil && renewed {
		a.relay, err = volumes.StartRelay(volumes.Ready)
	}
	if err == nil && a.network != nil {
		err = nic.Clear(a.network)
	}
	if err != nil {
		return nil, stepFailed("reset", err)
	}
	a.network, a.configured, a.sandbox, a.tree, a.placed, a.programs = nil, false, nil, nil, nil, nil
	return &agentv1.ResetResponse{}, nil
}
