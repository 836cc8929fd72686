package supervisor

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/console"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/link"
	"sandboxfile/native/internal/vmm"
)

// uncontrolled is a VMM that runs on without its control channel, which no real one does at will.
type uncontrolled struct {
	vmm.Machine
	events chan vmm.Event
	exited chan struct{}
}

func (u *uncontrolled) Streams() vmm.Streams {
	console, guest := net.Pipe()
	guest.Close()
	return vmm.Streams{Console: console}
}

func (u *uncontrolled) Events() <-chan vmm.Event { return u.events }
func (u *uncontrolled) Exited() <-chan struct{}  { return u.exited }
func (u *uncontrolled) Ended() error             { return errors.New("exit status 1") }

func TestControlChannelEnds(t *testing.T) {
	for name, each := range map[string]struct {
		exits time.Duration // after the control channel
		cause string
	}{
		"before the VMM": {time.Hour, errControlEnded.Error()},
		"with the VMM":   {exitTime / 2, "exit status 1"},
	} {
		t.Run(name, func(t *testing.T) {
			record, err := console.New(filepath.Join(t.TempDir(), "console"))
			if err != nil {
				t.Fatal(err)
			}
			defer record.Close()
			synctest.Test(t, func(t *testing.T) {
				host, guest := net.Pipe()
				defer guest.Close()
				agent := link.Open(host)
				defer agent.Close()
				machine := &machine{program: "qemu", console: record}
				vm := &uncontrolled{events: make(chan vmm.Event), exited: make(chan struct{})}
				ctx, end := context.WithCancelCause(t.Context())
				go machine.watch(ctx, end, vm, agent, func(context.Context) error { return nil })
				close(vm.events)
				time.AfterFunc(each.exits, func() { close(vm.exited) })
				<-ctx.Done()
				ended, ok := errors.AsType[*failure.Error](context.Cause(ctx))
				if !ok || ended.Code != failurev1.Code_CODE_VMM_FAILED || ended.Cause.Error() != each.cause {
					t.Errorf("ended by %v", context.Cause(ctx))
				}
			})
		})
	}
}
