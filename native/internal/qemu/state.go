package qemu

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"sandboxfile/native/internal/qmp"
)

// portID is the agent's port in QEMU's events.
const portID = "agent"

// savePoll is how often the end of saving is looked for: its event would be one more capability to
// negotiate, and saving takes some ten milliseconds.
const savePoll = 2 * time.Millisecond

// Begin makes QEMU take commands and, with a state to go on from, starts the guest and returns when it
// runs. It comes first, and once.
func (vm *VM) Begin(ctx context.Context, controlled func()) error {
	if err := vm.Control.Negotiate(ctx); err != nil {
		return err
	}
	controlled()
	if vm.state == "" {
		return nil
	}
	if err := vm.leaveMemoryOut(ctx); err != nil {
		return err
	}
	runs := vm.Control.Expect("RESUME")
	if err := vm.Control.Execute(ctx, "migrate-incoming", map[string]string{"uri": vm.state}, nil); err != nil {
		return err
	}
	return runs(ctx)
}

// Save writes the state of the devices to file, from its beginning. The memory is in its own, shared
// file. The guest is stopped then, for good.
func (vm *VM) Save(ctx context.Context, file *os.File) error {
	if err := vm.leaveMemoryOut(ctx); err != nil {
		return err
	}
	if err := vm.Control.PassFile(ctx, "state", file); err != nil {
		return err
	}
	if err := vm.Control.Execute(ctx, "migrate", map[string]string{"uri": "fd:state"}, nil); err != nil {
		return err
	}
	for {
		var saving struct {
			Status string `json:"status"`
			Reason string `json:"error-desc"`
		}
		if err := vm.Control.Execute(ctx, "query-migrate", nil, &saving); err != nil {
			return err
		}
		switch saving.Status {
		case "completed":
			return nil
		case "failed", "cancelled":
			return fmt.Errorf("save the state: %s %s", saving.Status, saving.Reason)
		}
		select {
		case <-time.After(savePoll):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// ReopenPort has hangUp close the host's end of the agent's port and returns when the guest, having
// noticed, has opened it anew.
func (vm *VM) ReopenPort(ctx context.Context, hangUp func()) error {
	// Once a command is answered, all that happened before it has been told.
	if err := vm.Control.Execute(ctx, "query-status", nil, nil); err != nil {
		return err
	}
	vm.Control.SkipEvents()
	hangUp()
	return vm.awaitPort(ctx, true)
}

// portChange tells whether the event is about the agent's port, and whether that is open.
func portChange(event qmp.Event) (open, told bool) {
	var port struct {
		ID   string `json:"id"`
		Open bool   `json:"open"`
	}
	told = event.Name == "VSERPORT_CHANGE" && json.Unmarshal(event.Data, &port) == nil && port.ID == portID
	return port.Open, told
}

// leaveMemoryOut keeps memory that is in a shared file out of what is saved, and of what is expected
// at loading.
func (vm *VM) leaveMemoryOut(ctx context.Context) error {
	type capability struct {
		Name  string `json:"capability"`
		State bool   `json:"state"`
	}
	wanted := map[string][]capability{"capabilities": {{"x-ignore-shared", true}}}
	return vm.Control.Execute(ctx, "migrate-set-capabilities", wanted, nil)
}
