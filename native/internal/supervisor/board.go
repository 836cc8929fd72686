package supervisor

import (
	"os"
	"path"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
)

// board holds the machine's state and tells who watches when it changes.
type board struct {
	mu      sync.Mutex
	state   *machinev1.MachineState
	changed chan struct{} // closed and replaced at each change
}

func newBoard(spec *machinev1.MachineSpec) *board {
	b := &board{
		state: &machinev1.MachineState{
			SupervisorPid: uint32(os.Getpid()),
			Sandbox:       spec.GetSandbox(),
		},
		changed: make(chan struct{}),
	}
	if program := spec.GetMain().GetProgram(); program != "" {
		b.state.MainProgram = path.Base(program)
	}
	b.enter(machinev1.Phase_PHASE_PREPARING)
	return b
}

// snapshot is the present state and a channel that the next change closes.
func (b *board) snapshot() (*machinev1.MachineState, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return proto.CloneOf(b.state), b.changed
}

// update changes the state.
func (b *board) update(change func(*machinev1.MachineState)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b.state)
	close(b.changed)
	b.changed = make(chan struct{})
}

// note records that a step of the start was taken. A start that begins anew with another guest has taken
// none after the first. Who watches sees it with the next change: telling would be a part of each step.
func (b *board) note(step machinev1.Step) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if step == machinev1.Step_STEP_PREPARED {
		b.state.Steps = nil
	}
	b.state.Steps = append(b.state.Steps, &machinev1.StepTime{Step: step, UnixNanos: time.Now().UnixNano()})
}

// publish tells which ports are published.
func (b *board) publish(ports []*machinev1.PublishedPort) {
	b.update(func(state *machinev1.MachineState) { state.Ports = ports })
}

// enter begins a phase.
func (b *board) enter(phase machinev1.Phase) {
	b.update(func(state *machinev1.MachineState) { setPhase(state, phase) })
}

func setPhase(state *machinev1.MachineState, phase machinev1.Phase) {
	if state.GetPhase() == phase {
		return
	}
	state.Phase = phase
	state.History = append(state.History, &machinev1.PhaseTime{Phase: phase, UnixNanos: time.Now().UnixNano()})
}
