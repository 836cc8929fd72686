package agent

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/identity"
	"sandboxfile/native/internal/guest/tree"
)

const markerBytes = 32

// maxFreeze bounds what a request may ask for.
const maxFreeze = 30 * time.Second

// Freeze holds the programs still.
func (a *Agent) Freeze(_ context.Context, request *agentv1.FreezeRequest) (*agentv1.FreezeResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sandbox == nil || a.ended != nil {
		return nil, errNotConfigured
	}
	if len(request.GetMarker()) != markerBytes {
		return nil, stepFailed("request", errors.New("no marker"))
	}
	a.wire.Expect(request.GetMarker())
	frozen, flushed := a.sandbox.Freeze(min(time.Duration(request.GetDeadlineMs())*time.Millisecond, maxFreeze))
	held := time.Since(a.sandbox.HeldSince())
	return &agentv1.FreezeResponse{Frozen: frozen, Flushed: flushed, HeldNs: uint64(held)}, nil
}

// Thaw sets the clock and whatever else a new life changes before a program runs again.
func (a *Agent) Thaw(_ context.Context, request *agentv1.ThawRequest) (*agentv1.ThawResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sandbox == nil || a.ended != nil {
		return nil, errNotConfigured
	}
	if n := len(request.GetEntropy()); n == 0 || n > identity.MaxEntropy {
		return nil, stepFailed("request", errors.New("no entropy, or too much"))
	}
	err := errors.Join(identity.SetClock(request.GetUnixNanos()), identity.AddEntropy(request.GetEntropy()))
	if err == nil && request.GetIdentity() != nil {
		err = a.rename(request.GetIdentity())
	}
	if err != nil {
		return nil, stepFailed("identity", err)
	}
	a.wire.Expect(nil)
	if err := a.sandbox.Thaw(); err != nil {
		return nil, stepFailed("thaw", err)
	}
	return &agentv1.ThawResponse{}, nil
}

// rename makes the guest of a snapshot another one.
func (a *Agent) rename(to *agentv1.Identity) error {
	if err := checkIdentity(to.GetHostname(), to.GetMachineId()); err != nil {
		return err
	}
	if len(to.GetBootId()) != 36 || strings.Trim(to.GetBootId(), "0123456789abcdef-") != "" {
		return errors.New("the boot id must be a UUID")
	}
	if err := a.sandbox.Rename(to.GetHostname(), to.GetBootId()); err != nil {
		return err
	}
	if err := a.setNetwork(to.GetNetwork()); err != nil {
		return err
	}
	request := &agentv1.ConfigureRequest{Hostname: to.GetHostname(), MachineId: to.GetMachineId()}
	before, after := hostLine(strings.TrimSpace(a.placed[hostnameFile])), hostLine(to.GetHostname())
	if err := renameHost(a.tree, before, after); err != nil {
		return err
	}
	contents := identityContents(request)
	contents[hostsFile] = strings.Replace(a.placed[hostsFile], before, after, 1)
	a.placed = maps.Clone(a.placed)
	maps.Copy(a.placed, contents)
	return identityFiles(a.tree, request)
}

// renameHost gives the line that names the sandbox in its table of hosts the new name, if it is there as it
// was written at the start. The rest of the table stays.
func renameHost(files *tree.Tree, before, after string) error {
	hosts, err := files.ReadSmall(hostsFile, maxHosts)
	text := "\n" + string(hosts)
	if err != nil || before == after || !strings.Contains(text, "\n"+before) {
		return nil // it is the user's own
	}
	text = strings.Replace(text, "\n"+before, "\n"+after, 1)
	return put(files, hostsFile, 0o644, []byte(text[1:]))
}
