package qemu

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Pause stops the processors; what is under way on the disks is finished first.
func (vm *VM) Pause(ctx context.Context) error { return vm.Control.Execute(ctx, "stop", nil, nil) }

// Continue lets the processors run.
func (vm *VM) Continue(ctx context.Context) error { return vm.Control.Execute(ctx, "cont", nil, nil) }

const (
	// restLimit bounds AwaitRest. A guest that is copied while it works on leaves that work to each of its copies.
	restLimit = 50 * time.Millisecond
	// restPoll is how often the processors are looked at: no event tells that they halt.
	restPoll = time.Millisecond
)

// AwaitRest returns when all processors have halted, for want of something to do, or after restLimit. Where QEMU does
// not tell whether they have, which it does on x86, it returns at once.
func (vm *VM) AwaitRest(ctx context.Context) error {
	for end := time.Now().Add(restLimit); ; {
		var registers string
		command := map[string]string{"command-line": "info registers -a"}
		if err := vm.Control.Execute(ctx, "human-monitor-command", command, &registers); err != nil {
			return err
		}
		if !strings.Contains(registers, "HLT=0") || time.Now().After(end) {
			return nil
		}
		select {
		case <-time.After(restPoll):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// SaveDevices writes the state of the devices of a paused guest, without its memory, to a new file.
// A guest that goes on from it runs.
func (vm *VM) SaveDevices(ctx context.Context, path string) error {
	file, err := vm.give(ctx, path, []int{os.O_WRONLY | os.O_CREATE | os.O_EXCL})
	if err != nil {
		return err
	}
	// Named for its first user, it is the one command that saves devices and nothing else. Not "live":
	// the disks stay this QEMU's.
	arguments := map[string]any{"filename": file.name(), "live": false}
	err = vm.Control.Execute(ctx, "xen-save-devices-state", arguments, nil)
	return errors.Join(err, vm.takeBack(ctx, file))
}

// newFileMode is of the files that are made for QEMU.
const newFileMode = 0o600

// maxStale bounds what the guest may have had under way for its old host.
const maxStale = 64 << 20

// maxAnswer bounds what the guest may say of a takeover.
const maxAnswer = 64 << 10

// Rejoin takes over the link of a guest that was talking to another host when it was saved: marker is
// what that host agreed on with it. It tells the guest the message and returns its answer. It comes
// between Begin and the first use of Link.
func (vm *VM) Rejoin(ctx context.Context, marker, message []byte) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { _ = vm.Link.SetDeadline(time.Now()) })
	defer stop()
	answer, err := vm.rejoin(marker, message)
	if err != nil {
		return nil, errors.Join(err, context.Cause(ctx))
	}
	return answer, nil
}

func (vm *VM) rejoin(marker, message []byte) ([]byte, error) {
	begin := binary.BigEndian.AppendUint32(bytes.Clone(marker), uint32(len(message)))
	if _, err := vm.Link.Write(append(begin, message...)); err != nil {
		return nil, err
	}
	last := make([]byte, 0, 2*len(marker))
	one := make([]byte, 1)
	for skipped := 0; !bytes.Equal(last, marker); skipped++ {
		if skipped > maxStale {
			return nil, errors.New("the guest does not take the link over")
		}
		// Byte by byte: what follows the answer is the link's.
		if _, err := vm.Link.Read(one); err != nil {
			return nil, err
		}
		if last = append(last, one[0]); len(last) > len(marker) {
			last = last[1:]
		}
	}
	var size [4]byte
	if _, err := io.ReadFull(vm.Link, size[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(size[:])
	if length > maxAnswer {
		return nil, errors.New("the guest says too much")
	}
	answer := make([]byte, length)
	_, err := io.ReadFull(vm.Link, answer)
	return answer, err
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
