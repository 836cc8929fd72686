package qemu

import (
	"encoding/json"

	"sandboxfile/native/internal/qmp"
	"sandboxfile/native/internal/vmm"
)

var _ vmm.Machine = (*VM)(nil)

// Streams are those of its ports.
func (vm *VM) Streams() vmm.Streams {
	return vmm.Streams{Link: vm.Link, Volumes: vm.Volumes, Console: vm.Console, Network: vm.Network}
}

// Close closes the control channel.
func (vm *VM) Close() { vm.Control.Close() }

// pendingEvents is more than a guest's life has.
const pendingEvents = 8

// Events are those of the control channel that every VMM has. From its call on nobody else reads
// from that channel.
func (vm *VM) Events() <-chan vmm.Event {
	events := make(chan vmm.Event, pendingEvents)
	go func() {
		defer close(events)
		for event := range vm.Control.Events() {
			known := meaning(event)
			if known == 0 {
				continue
			}
			select {
			case events <- known:
			default: // nobody reads any more
			}
		}
	}()
	return events
}

// meaning is 0 for what does not concern the guest's life.
func meaning(event qmp.Event) vmm.Event {
	var data struct {
		Reason  string
		Nospace bool
	}
	if json.Unmarshal(event.Data, &data) != nil {
		return 0
	}
	switch event.Name {
	case "SHUTDOWN":
		switch data.Reason {
		case "guest-reset", "guest-shutdown", "guest-panic":
			return vmm.GuestReset
		}
	case "BLOCK_IO_ERROR":
		if data.Nospace {
			return vmm.DiskFull
		}
	}
	return 0
}
