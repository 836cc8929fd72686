// Package krun runs one microVM under libkrun, in a helper process of its own.
package krun

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/creack/pty"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/libkrun"
	"sandboxfile/native/internal/vmm"
	"sandboxfile/native/internal/volumewire"
)

var _ vmm.Machine = (*VM)(nil)

// ProcessorThread is how libkrun calls the thread of a guest's first processor.
const ProcessorThread = "fc_vcpu 0"

// Config is what a microVM is made of. Paths are absolute.
type Config struct {
	Helper    string // menv-krun
	Library   string
	CPUs      uint32
	MemoryMiB uint32
	Kernel    string
	AgentDisk string
	RootDisk  string
	Disk      string
	// Network: the guest has a network device.
	Network bool
	// Lock, if any, is inherited and never used: while the helper lives, so does the ownership of the disk.
	Lock *os.File
	// LogLevel is the library's, on its standard error; 0: warnings.
	LogLevel uint32
}

const (
	defaultLog = 2 // warnings
	// networkMAC is every guest's: which one it is, its agent is told.
	networkMAC = "02:00:00:00:00:01"
)

// VM is a running helper.
type VM struct {
	*vmm.Process
	streams  vmm.Streams
	library  string
	lifeline *os.File // the helper dies when it is closed
	events   chan vmm.Event

	once     sync.Once
	reported chan struct{} // closed when the helper has told that it enters, or what failed, or has ended
	report   libkrun.Report
}

// Start spawns the helper. When this process dies, in whatever way, it does too.
func Start(config Config) (*VM, error) {
	ends, err := makeEnds(config.Network)
	if err != nil {
		return nil, failure.New(failurev1.Code_CODE_VMM_FAILED, config.Helper, err)
	}
	defer ends.closeGuests()
	files := []*os.File{ends.link, ends.volumes, ends.console}
	const first = 3
	spec := libkrun.Spec{
		Library: config.Library, CPUs: config.CPUs, MemoryMiB: config.MemoryMiB,
		Kernel: config.Kernel, KernelLine: kernelLine,
		Disks: []libkrun.Disk{
			{Name: "agent", Path: config.AgentDisk, ReadOnly: true},
			{Name: "root", Path: config.RootDisk, ReadOnly: true},
			{Name: "changes", Path: config.Disk},
		},
		Ports:   []libkrun.Port{{Name: "menv.agent", FD: first}, {Name: volumewire.PortName, FD: first + 1}},
		Console: first + 2, LogLevel: config.LogLevel,
	}
	if spec.LogLevel == 0 {
		spec.LogLevel = defaultLog
	}
	if ends.network != nil {
		spec.Net = &libkrun.Net{FD: first + len(files), MAC: networkMAC}
		files = append(files, ends.network)
	}
	if config.Lock != nil {
		files = append(files, config.Lock)
	}
	vm := &VM{
		streams: ends.hosts, library: config.Library, lifeline: ends.lifeline,
		events: make(chan vmm.Event, 1), reported: make(chan struct{}),
	}
	answers, answering := io.Pipe()
	vm.Process, err = vmm.Spawn(vmm.Command{
		Program: config.Helper, Files: files, Stdin: ends.input, Stdout: answering, Jail: profile(config),
		Ended: func() { answering.Close() },
	})
	if err != nil {
		answering.Close()
		vm.streams.Close()
		vm.lifeline.Close()
		return nil, failure.New(failurev1.Code_CODE_LIBKRUN_UNUSABLE, config.Helper, err)
	}
	go vm.listen(answers)
	go vm.tellEnd()
	if err := vm.instruct(spec); err != nil {
		return nil, err
	}
	return vm, nil
}

// Streams are those of its ports.
func (vm *VM) Streams() vmm.Streams { return vm.streams }

// Events has the guest's end.
func (vm *VM) Events() <-chan vmm.Event { return vm.events }

// Close ends what the helper hangs on.
func (vm *VM) Close() { vm.lifeline.Close() }

// Pause stops the helper, and the processors with it, which are its threads.
func (vm *VM) Pause(ctx context.Context) error { return vm.Halt(ctx) }

// Continue lets it go on.
func (vm *VM) Continue(context.Context) error { return vm.Proceed() }

// Begin returns when all of the library's calls have succeeded and the guest is being entered.
func (vm *VM) Begin(ctx context.Context, controlled func()) error {
	select {
	case <-vm.reported:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if vm.report.Entering {
		controlled()
		return nil
	}
	return vm.failed()
}

// Ended is why an exited helper has ended: what it said itself, else its status and last words.
func (vm *VM) Ended() error {
	<-vm.Exited()
	<-vm.reported
	if vm.report.Failure != nil {
		return vm.failed()
	}
	return vm.Process.Ended()
}

func (vm *VM) failed() error {
	failed := vm.report.Failure
	if failed == nil {
		<-vm.Exited()
		return failure.New(failurev1.Code_CODE_LIBKRUN_UNUSABLE, vm.library, vm.Process.Ended())
	}
	return Named(&libkrun.Error{Kind: failed.Kind, Subject: failed.Subject, Cause: errors.New(failed.Cause)})
}

// Named gives a failure of the library the name that the catalogue of messages knows.
func Named(err error) error {
	about, ok := errors.AsType[*libkrun.Error](err)
	if !ok {
		return err
	}
	switch about.Kind {
	case libkrun.Missing:
		return failure.New(failurev1.Code_CODE_LIBKRUN_MISSING, about.Subject, about.Cause)
	case libkrun.Unusable:
		return failure.New(failurev1.Code_CODE_LIBKRUN_UNUSABLE, about.Subject, about.Cause)
	case libkrun.Architecture:
		return failure.New(failurev1.Code_CODE_LIBKRUN_ARCHITECTURE, about.Subject, about.Cause)
	case libkrun.Old:
		return failure.New(failurev1.Code_CODE_LIBKRUN_OLD, about.Subject, about.Cause)
	}
	return failure.New(failurev1.Code_CODE_VMM_FAILED, about.Subject, fmt.Errorf("%s: %w", about.Subject, about.Cause))
}

// instruct writes the spec; the pipe takes it whole.
func (vm *VM) instruct(spec libkrun.Spec) error {
	data, err := json.Marshal(spec)
	if err == nil {
		_, err = vm.lifeline.Write(append(data, '\n'))
	}
	if err == nil {
		return nil
	}
	_ = vm.Kill()
	<-vm.Exited()
	vm.streams.Close()
	vm.lifeline.Close()
	return failure.New(failurev1.Code_CODE_VMM_FAILED, vm.library, err)
}

// maxReport bounds a line of the helper's.
const maxReport = 64 << 10

// listen keeps the last thing that the helper said.
func (vm *VM) listen(answers io.Reader) {
	defer vm.once.Do(func() { close(vm.reported) })
	lines := bufio.NewScanner(answers)
	lines.Buffer(nil, maxReport)
	for lines.Scan() {
		var report libkrun.Report
		if json.Unmarshal(lines.Bytes(), &report) != nil {
			continue
		}
		if report.Entering {
			vm.report = report
			vm.once.Do(func() { close(vm.reported) })
			break
		}
		vm.report = report
	}
	// Too long a line ends the listening as its end does: what was told before counts.
	_ = lines.Err()
	// What comes after that is in the way of nobody.
	_, _ = io.Copy(io.Discard, answers)
}

// tellEnd: the library ends the helper with success when the guest's kernel resets or powers off.
func (vm *VM) tellEnd() {
	if vm.Succeeded() {
		vm.events <- vmm.GuestReset
	}
	close(vm.events)
}

type ends struct {
	hosts                  vmm.Streams
	lifeline               *os.File
	link, volumes, console *os.File
	input                  *os.File
	network                *os.File // nil: none
}

func makeEnds(network bool) (made *ends, err error) {
	made = &ends{}
	defer func() {
		if err != nil {
			made.closeGuests()
			made.closeHosts()
		}
	}()
	if made.hosts.Link, made.link, err = vmm.StreamPair(); err != nil {
		return made, err
	}
	if made.hosts.Volumes, made.volumes, err = vmm.StreamPair(); err != nil {
		return made, err
	}
	if network {
		if made.hosts.Network, made.network, err = vmm.FramePair(); err != nil {
			return made, err
		}
	}
	terminal, console, err := pty.Open()
	if err != nil {
		return made, err
	}
	made.hosts.Console, made.console = terminal, console
	made.input, made.lifeline, err = os.Pipe()
	return made, err
}

func (e *ends) closeGuests() {
	for _, file := range []*os.File{e.link, e.volumes, e.console, e.input, e.network} {
		if file != nil {
			file.Close()
		}
	}
}

func (e *ends) closeHosts() {
	for _, end := range []io.Closer{e.hosts.Link, e.hosts.Volumes, e.hosts.Console, e.lifeline, e.hosts.Network} {
		if file, isFile := end.(*os.File); end != nil && (!isFile || file != nil) {
			end.Close()
		}
	}
}
