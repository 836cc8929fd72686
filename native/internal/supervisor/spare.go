package supervisor

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/hostclock"
	"sandboxfile/native/internal/link"
	"sandboxfile/native/internal/priority"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/rehearsal"
	"sandboxfile/native/internal/template"
)

// spareTime bounds the making of a spare, which has a low priority, from its template.
const spareTime = 5 * time.Minute

// Spare is a guest without a sandbox: it has gone on from its template, rehearsed and stands still.
type Spare struct {
	key     string
	image   fs.FileInfo // of the disk that it has rehearsed with and keeps; nil: it takes any image's
	vm      *qemu.VM
	agent   *link.Client
	service agentv1connect.AgentServiceClient
}

// NewSpare makes one of what the spec says about guests: for sandboxes of its image if it has one, else for all.
// folder is for a file that is there for a moment.
func NewSpare(ctx context.Context, spec *machinev1.MachineSpec, home, folder string) (*Spare, error) {
	ctx, cancel := context.WithTimeout(ctx, spareTime)
	defer cancel()
	if image := spec.GetRootDisk(); image != "" {
		if spare, err := newSpare(ctx, spec, home, folder, image); err == nil {
			return spare, nil
		}
		// It has no shell, or does not let itself be rehearsed with.
	}
	return newSpare(ctx, spec, home, folder, "")
}

// newSpare rehearses with the image's own shell, as only sandboxes of that image come after it. An empty image is
// none: then it is the agent's disk and its shell.
func newSpare(ctx context.Context, spec *machinev1.MachineSpec, home, folder, image string) (*Spare, error) {
	config, size, err := spareConfig(ctx, spec, home)
	if err != nil {
		return nil, err
	}
	key, err := template.Key(config, size)
	if err != nil {
		return nil, err
	}
	source, err := template.In(home).Open(key, config.ClockKHz)
	if errors.Is(err, template.ErrNone) {
		if err = template.In(home).Make(ctx, config, spec.GetEmptyDisk()); err == nil {
			source, err = template.In(home).Open(key, config.ClockKHz)
		}
	}
	if err != nil {
		return nil, err
	}
	defer source.Close()
	source.Apply(&config)
	stage, err := standIn(folder, spec.GetEmptyDisk())
	if err != nil {
		return nil, err
	}
	// QEMU has it open by the time there is an answer to anything.
	defer os.Remove(stage)
	config.RootDisk, config.Disk = config.AgentDisk, disk.Single(stage)
	var kept fs.FileInfo
	if image != "" {
		config.RootDisk = image
		if kept, err = os.Stat(image); err != nil {
			return nil, err
		}
		if kept.Size() > template.RootBytes {
			return nil, errors.New("the image is larger than the template's disk")
		}
	}
	return startSpare(ctx, key, config, kept, folder)
}

// rootToSwap is the disk that has to take the place of the one that the guest has; empty: none, it is that one.
func (s *Spare) rootToSwap(disk string) (string, error) {
	if s.image == nil {
		return disk, nil
	}
	info, err := os.Stat(disk)
	if err != nil {
		return "", err
	}
	if !os.SameFile(info, s.image) {
		return "", errors.New("it has rehearsed with another image")
	}
	return "", nil
}

// Ended is closed when the guest has ended by itself.
func (s *Spare) Ended() <-chan struct{} { return s.vm.Exited() }

// PID is the VMM's.
func (s *Spare) PID() int { return s.vm.PID() }

// Close ends the guest.
func (s *Spare) Close() {
	_ = s.vm.Kill()
	<-s.vm.Exited()
	_ = s.agent.Close()
	s.vm.Streams().Close()
	s.vm.Close()
}

func spareConfig(ctx context.Context, spec *machinev1.MachineSpec, home string) (qemu.Config, int64, error) {
	if err := wantsQEMU(ctx, spec, home); err != nil {
		return qemu.Config{}, 0, err
	}
	program, err := qemu.Find(spec.GetVmm().GetProgram())
	if err != nil {
		return qemu.Config{}, 0, err
	}
	size, err := disk.VirtualSize(spec.GetEmptyDisk())
	if err != nil {
		return qemu.Config{}, 0, err
	}
	rate, err := hostclock.NewMeter(home).KHz(ctx)
	return qemu.Config{
		Program: program, CPUs: spec.GetCpus(), MemoryMiB: spec.GetMemoryMib(),
		Kernel: spec.GetKernel(), AgentDisk: spec.GetAgentDisk(), ClockKHz: rate,
		Network: spec.GetNetwork() != nil,
	}, size, err
}

// standIn is a disk to rehearse on.
func standIn(folder, empty string) (string, error) {
	source, err := os.Open(empty)
	if err != nil {
		return "", err
	}
	defer source.Close()
	file, err := os.CreateTemp(folder, durable.TempPattern)
	if err != nil {
		return "", err
	}
	err = errors.Join(disk.Fill(file, source), file.Close())
	path, absErr := filepath.Abs(file.Name())
	if err = errors.Join(err, absErr); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return path, nil
}

func startSpare(ctx context.Context, key string, config qemu.Config, image fs.FileInfo, folder string) (spare *Spare, err error) {
	vm, err := qemu.Start(config)
	if err != nil {
		return nil, err
	}
	agent := link.Open(vm.Streams().Link)
	spare = &Spare{key: key, image: image, vm: vm, agent: agent, service: agent.Agent()}
	options := rehearsal.Options{KeepImage: image != nil, Network: config.Network, Volumes: vm.Volumes, Folder: folder}
	if err = spare.rehearse(ctx, options); err != nil {
		spare.Close()
		return nil, err
	}
	return spare, nil
}

// rehearse lets the guest go on, gets it warm and stops it.
func (s *Spare) rehearse(ctx context.Context, options rehearsal.Options) error {
	priority.Lower(s.vm.PID())
	defer priority.Restore(s.vm.PID())
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-s.vm.Exited():
			cancel(s.vm.Ended())
		case <-ctx.Done():
		}
	}()
	said := make(chan struct{})
	go func() {
		defer close(said)
		_, _ = io.Copy(io.Discard, s.vm.Console)
	}()
	err := s.vm.Begin(ctx, func() {})
	if err == nil {
		err = rehearsal.Run(ctx, s.agent, options)
	}
	if err == nil {
		err = s.vm.Pause(ctx)
	}
	// From here on the console is its next owner's.
	err = errors.Join(err, s.vm.Console.SetReadDeadline(time.Now()))
	<-said
	err = errors.Join(err, s.vm.Console.SetReadDeadline(time.Time{}))
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	return nil
}
