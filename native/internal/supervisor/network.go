package supervisor

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	jailv1 "sandboxfile/native/gen/menv/jail/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/logfile"
	"sandboxfile/native/internal/network/lease"
	"sandboxfile/native/internal/network/plug"
)

// countTime is what a gateway may take to tell its counts: who waits for them shows them to people.
const countTime = 200 * time.Millisecond

// place is the sandbox's in the network of its project; of a sandbox without one it is empty.
type place struct {
	lease     *lease.Lease
	network   *agentv1.NetworkInterface // nil: the guest has no network device
	connected atomic.Pointer[plug.Plug] // nil: there is no device at the moment
	vault     *networkv1.Vault          // nil: there are no secrets
	authority *agentv1.Authority        // beside the vault
	denials   *logfile.File             // nil: nothing was denied yet
}

// joinNetwork gets the sandbox its addresses.
func (m *machine) joinNetwork() error {
	member := m.spec.GetNetwork()
	if member == nil {
		return nil
	}
	var err error
	if m.place.lease, err = lease.Take(member.GetFolder(), m.spec.GetSandbox()); err != nil {
		return failure.Storage(failurev1.Code_CODE_NETWORK, m.spec.GetSandbox(), err)
	}
	var more []string
	for _, membership := range member.GetGroups() {
		if address := membership.GetAddress(); address != "" {
			more = append(more, address)
		}
	}
	m.place.network = m.place.lease.Interface(more)
	return nil
}

// leaveNetwork gives the addresses back. The device is unplugged.
func (m *machine) leaveNetwork() {
	if m.place.denials != nil {
		_ = m.place.denials.Close()
	}
	if m.place.lease != nil {
		m.place.lease.Release()
	}
}

// plugIn connects the VM's network device. It waits for nothing: what the guest sends until then waits.
func (m *machine) plugIn() {
	device := m.vm.Streams().Network
	if device == nil {
		return
	}
	m.place.connected.Store(plug.Insert(plug.Options{
		Attach: &networkv1.Attach{Member: m.spec.GetNetwork(), Interface: m.place.network, Vault: m.place.vault},
		Device: device, Start: m.startGateway, Tell: m.tellNetwork, Denied: m.noteDenial,
	}))
}

func (m *machine) plugOut() {
	if connected := m.place.connected.Swap(nil); connected != nil {
		connected.Pull()
	}
}

// countNetwork is nil when no gateway tells.
func (m *machine) countNetwork(ctx context.Context) *networkv1.Counts {
	connected := m.place.connected.Load()
	if connected == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	counts, err := connected.Counts(ctx)
	if err != nil {
		return nil
	}
	return counts
}

// noteDenial keeps a line of the log. One that cannot be kept is missed.
func (m *machine) noteDenial(line []byte) {
	path := m.spec.GetNetwork().GetAuditFile()
	if !filepath.IsAbs(path) {
		return
	}
	if m.place.denials == nil {
		file, err := logfile.Open(path)
		if err != nil {
			return
		}
		m.place.denials = file
	}
	_, _ = m.place.denials.Write(line)
}

// tellNetwork shows why the guest has no network at the moment, or what confines its gateway.
func (m *machine) tellNetwork(jail []*jailv1.Part, err error) {
	m.board.update(func(state *machinev1.MachineState) {
		state.NetworkFailure, state.NetworkJail = nil, jail
		if err != nil {
			state.NetworkFailure = failure.New(failurev1.Code_CODE_NETWORK, m.spec.GetSandbox(), err).Proto()
		}
	})
}
