package template

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/link"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/rehearsal"
)

const (
	bootLimit = 3 * time.Minute
	// trialLimit bounds the first use of a new template, which is a part of making it.
	trialLimit = 30 * time.Second
	// measuredBoots bounds how often a guest is booted for its measuring of its timers to be right.
	measuredBoots = 3
)

// Make makes the template of a guest unless it is there or being made. config names neither the
// sandbox's disks nor its lock.
func (s Store) Make(ctx context.Context, config qemu.Config, emptyDisk string) error {
	size, err := disk.VirtualSize(emptyDisk)
	if err != nil {
		return err
	}
	key, err := Key(config, size)
	if err != nil {
		return err
	}
	if err := os.Mkdir(s.folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	turn, err := s.take(ctx, key)
	if errors.Is(err, errMaking) {
		return nil
	}
	if err != nil {
		return err
	}
	defer turn.release()
	if err := s.sweep(); err != nil {
		return err
	}
	switch made, err := s.Open(key, config.ClockKHz); {
	case err == nil:
		made.Close()
		return nil
	case !errors.Is(err, ErrNone):
		if err := s.remove(key); err != nil {
			return err
		}
	}
	if err := s.build(ctx, key, config, emptyDisk); err != nil {
		if ctx.Err() == nil {
			err = errors.Join(err, s.blame(key))
		}
		return err
	}
	return s.dropUnused()
}

// build makes the template in a folder of its own, which gets its name when everything is durable
// and a guest has gone on from it.
func (s Store) build(ctx context.Context, key string, config qemu.Config, emptyDisk string) error {
	folder, err := os.MkdirTemp(s.folder, durable.TempPattern)
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	w := &workshop{folder: folder, config: config}
	if err := w.standIns(ctx, emptyDisk); err != nil {
		return err
	}
	whole := filepath.Join(folder, key)
	if err := os.Mkdir(whole, 0o700); err != nil {
		return err
	}
	if err := w.save(ctx, whole); err != nil {
		return err
	}
	if err := w.try(ctx, whole); err != nil {
		return fmt.Errorf("try the template: %w", err)
	}
	if err := os.Rename(whole, filepath.Join(s.folder, key)); err != nil {
		return err
	}
	return durable.SyncDir(s.folder)
}

// workshop is where one template is made.
type workshop struct {
	folder string
	config qemu.Config
}

// standIns are the disks of a guest that has no sandbox yet, but rehearses one: with the agent's disk as its image.
func (w *workshop) standIns(ctx context.Context, emptyDisk string) (err error) {
	if w.config.Disk, err = disk.Ensure(ctx, emptyDisk, filepath.Join(w.folder, "disk", "disk.img"), 1); err != nil {
		return err
	}
	w.config.RootDisk = filepath.Join(w.folder, "root")
	return enlarged(w.config.RootDisk, w.config.AgentDisk, RootBytes)
}

// errTimers: the guest has measured a wrong rate for its timers.
var errTimers = errors.New("its timers are wrong")

// save has the copies woken by their processors' own timers, if one guest measures those right: by the chip that the
// processors share otherwise, a guest cannot sleep for longer than 27 ms, and with two processors 4 ms.
func (w *workshop) save(ctx context.Context, folder string) error {
	w.config.LocalTimers = true
	for range measuredBoots {
		if err := w.saveGuest(ctx, folder); !errors.Is(err, errTimers) {
			return err
		}
	}
	w.config.LocalTimers = false
	return w.saveGuest(ctx, folder)
}

// saveGuest boots a guest, waits until its agent waits, and writes memory and state into the folder.
func (w *workshop) saveGuest(ctx context.Context, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, bootLimit)
	defer cancel()
	live, err := os.OpenFile(filepath.Join(w.folder, "live"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(live.Close(), os.Remove(live.Name())) }()
	if err := live.Chmod(RAMMode); err != nil {
		return err
	}
	if err := live.Truncate(int64(w.config.MemoryMiB) << 20); err != nil {
		return err
	}
	config := w.config
	config.RAM = &qemu.RAM{File: live, Shared: true}
	var state []byte
	err = withGuest(ctx, config, true, func(vm *qemu.VM, agent *link.Client, hello *agentv1.HelloResponse) error {
		if config.LocalTimers && !qemu.TrueTimers(hello.GetTimerHz()) {
			return errTimers
		}
		// What is loaded and initialised once is done here instead of in each copy.
		options := rehearsal.Options{Network: config.Network, Volumes: vm.Volumes, Folder: w.folder}
		if err := rehearsal.Run(ctx, agent, options); err != nil {
			return err
		}
		if err := vm.ReopenPort(ctx, func() { agent.Close() }); err != nil {
			return err
		}
		file, err := os.OpenFile(filepath.Join(w.folder, "state"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := vm.Save(ctx, file); err != nil {
			return err
		}
		state, err = io.ReadAll(io.LimitReader(io.NewSectionReader(file, 0, MaxState), MaxState))
		return err
	})
	if err != nil {
		return err
	}
	return publish(folder, live, state, config.ClockKHz)
}

// try goes on from the template once.
func (w *workshop) try(ctx context.Context, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, trialLimit)
	defer cancel()
	made, err := open(folder, w.config.ClockKHz)
	if err != nil {
		return err
	}
	defer made.Close()
	config := w.config
	made.Apply(&config)
	return withGuest(ctx, config, false, func(*qemu.VM, *link.Client, *agentv1.HelloResponse) error { return nil })
}

// withGuest runs a guest, hands it to use once its agent answers, and ends it. copied: copies will go on from it.
func withGuest(
	ctx context.Context, config qemu.Config, copied bool,
	use func(*qemu.VM, *link.Client, *agentv1.HelloResponse) error,
) error {
	vm, err := qemu.Start(config)
	if err != nil {
		return err
	}
	ctx, lost := context.WithCancelCause(ctx)
	defer func() {
		_ = vm.Kill()
		<-vm.Exited()
		vm.Streams().Close()
		vm.Close()
		lost(nil)
	}()
	go func() { _, _ = io.Copy(io.Discard, vm.Console) }()
	agent := link.Open(vm.Link)
	defer agent.Close()
	go func() {
		select {
		case <-vm.Exited():
			lost(vm.Ended())
		case <-ctx.Done():
		}
	}()
	if err := vm.Begin(ctx, func() {}); err != nil {
		return err
	}
	hello, err := agent.Agent().Hello(ctx, &agentv1.HelloRequest{Protocol: link.Generation, Copied: copied})
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	return use(vm, agent, hello)
}

// publish writes memory and state, and the manifest after both are durable.
func publish(folder string, live *os.File, state []byte, clockKHz uint64) error {
	err := durable.WriteFile(filepath.Join(folder, RAMName), RAMMode, func(file *os.File) error { return copyMemory(file, live) })
	if err == nil {
		err = durable.WriteFile(filepath.Join(folder, StateName), 0o600, write(state))
	}
	if err != nil {
		return err
	}
	m := manifest{ClockKHz: clockKHz}
	if m.Frozen, err = Describe(folder); err != nil {
		return err
	}
	return durable.WriteJSON(filepath.Join(folder, manifestName), 0o600, m)
}

func write(data []byte) func(*os.File) error {
	return func(file *os.File) error {
		_, err := file.Write(data)
		return err
	}
}
