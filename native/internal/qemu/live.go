package qemu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Pause stops the processors; what is under way on the disks is finished first.
func (vm *VM) Pause(ctx context.Context) error { return vm.Control.Execute(ctx, "stop", nil, nil) }

// Continue lets the processors run.
func (vm *VM) Continue(ctx context.Context) error { return vm.Control.Execute(ctx, "cont", nil, nil) }

// SaveDevices writes the state of the devices of a paused guest, without its memory, to a new file.
// A guest that goes on from it runs.
func (vm *VM) SaveDevices(ctx context.Context, path string) error {
	// Named for its first user, it is the one command that saves devices and nothing else. Not "live":
	// the disks stay this QEMU's.
	arguments := map[string]any{"filename": path, "live": false}
	return vm.Control.Execute(ctx, "xen-save-devices-state", arguments, nil)
}

// maxStale bounds what the guest may have had under way for its old host.
const maxStale = 64 << 20

// Rejoin takes over the link of a guest that was talking to another host when it was saved: marker is
// what that host agreed on with it. It comes between Begin and the first use of Link.
func (vm *VM) Rejoin(ctx context.Context, marker []byte) error {
	stop := context.AfterFunc(ctx, func() { _ = vm.Link.SetDeadline(time.Now()) })
	defer stop()
	if _, err := vm.Link.Write(marker); err != nil {
		return err
	}
	last := make([]byte, 0, 2*len(marker))
	one := make([]byte, 1)
	for range maxStale {
		// Byte by byte: what follows the marker is the link's.
		if _, err := vm.Link.Read(one); err != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		if last = append(last, one[0]); len(last) > len(marker) {
			last = last[1:]
		}
		if bytes.Equal(last, marker) {
			return nil
		}
	}
	return errors.New("the guest does not take the link over")
}

// awaitPort returns when the guest's agent opens or closes its port.
func (vm *VM) awaitPort(ctx context.Context, open bool) error {
	for {
		select {
		case event, ok := <-vm.Control.Events():
			if !ok {
				return errors.New("the control channel has ended")
			}
			if is, told := portChange(event); told && is == open {
				return nil
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

var hostAddress = regexp.MustCompile(`is 0x([0-9a-f]+)`)

// memoryAddress is where the guest's memory begins in QEMU's.
func (vm *VM) memoryAddress(ctx context.Context) (int64, error) {
	var answer string
	command := map[string]string{"command-line": fmt.Sprintf("gpa2hva %#x", ramBase)}
	if err := vm.Control.Execute(ctx, "human-monitor-command", command, &answer); err != nil {
		return 0, err
	}
	found := hostAddress.FindStringSubmatch(answer)
	if found == nil {
		return 0, fmt.Errorf("where the memory is: %q", answer)
	}
	return strconv.ParseInt(found[1], 16, 64)
}
