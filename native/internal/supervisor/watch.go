package supervisor

import (
	"context"
	"errors"
	"time"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/link"
	"sandboxfile/native/internal/vmm"
)

const (
	// settleTime is how long the parts of one event may take to show: the link, QMP and the console
	// end before or after the VMM's exit is seen.
	settleTime = 500 * time.Millisecond
	// exitTime is how long a VMM may take to end after its control channel.
	exitTime = 5 * time.Second
	// causeLines and causeBytes bound what of the console goes into an error.
	causeLines = 30
	causeBytes = 3 << 10
)

var errControlEnded = errors.New("its control channel has ended")

// watch ends the life when its VMM, the VMM's control channel, its link or its disk does. It owns the console and the events.
func (m *machine) watch(ctx context.Context, end context.CancelCauseFunc, vm vmm.Machine, agent *link.Client, begin func(context.Context) error) {
	console := make(chan struct{})
	go func() {
		defer close(console)
		m.console.Record(ctx, vm.Streams().Console)
	}()
	go func() {
		// The end of the VMM has better reasons to give than the end of its control channel.
		if err := begin(ctx); err != nil {
			time.AfterFunc(settleTime, func() { end(m.vmmFailure(err)) })
		}
	}()
	reset := false
	for events, lost := vm.Events(), agent.Lost(); ; {
		select {
		case <-ctx.Done():
			return
		case event, ok := <-events:
			if !ok {
				events = nil
				// Nobody could pause it any more, nor let it go on.
				time.AfterFunc(exitTime, func() { end(m.vmmFailure(errControlEnded)) })
				continue
			}
			reset = reset || event == vmm.GuestReset
			if event == vmm.DiskFull {
				end(failure.New(failurev1.Code_CODE_NO_SPACE, m.spec.GetDisk(), errors.New("the guest's disk cannot grow")))
				return
			}
		case <-lost:
			lost = nil
			time.AfterFunc(settleTime, func() {
				end(failure.New(failurev1.Code_CODE_LINK, "", errors.New("the guest's agent broke its connection")))
			})
		case <-vm.Exited():
			end(m.vmmEnd(vm, reset, events, console))
			return
		}
	}
}

// vmmEnd names an end of the VMM that nobody asked for. A guest that resets has panicked: the
// kernel is told to reset then and QEMU to end with it.
func (m *machine) vmmEnd(vm vmm.Machine, reset bool, events <-chan vmm.Event, console <-chan struct{}) error {
	limit := time.After(settleTime)
	for events != nil || console != nil {
		select {
		case event, ok := <-events:
			if !ok {
				events = nil
			}
			reset = reset || event == vmm.GuestReset
		case <-console:
			console = nil
		case <-limit:
			events, console = nil, nil
		}
	}
	if reset {
		return failure.New(failurev1.Code_CODE_GUEST_PANIC, m.spec.GetSandbox(), m.consoleEnd())
	}
	return m.vmmFailure(vm.Ended())
}

func (m *machine) consoleEnd() error {
	text := m.console.LastLines(causeLines, causeBytes)
	if text == "" {
		return nil
	}
	return errors.New(text)
}

// broken names a call that failed below the agent: what watch finds, or the call's own error.
func (m *machine) broken(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(2 * settleTime):
		return failure.New(failurev1.Code_CODE_LINK, "", err)
	}
}

// mainFailure names why the main program has no exit status.
func (m *machine) mainFailure(ctx context.Context, err error) error {
	switch failure.Of(err, failurev1.Code_CODE_LINK).GetCode() {
	case failurev1.Code_CODE_LINK, failurev1.Code_CODE_STOPPED:
		return m.broken(ctx, err)
	}
	return err
}
