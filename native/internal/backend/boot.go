package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"connectrpc.com/connect"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/krun"
	"sandboxfile/native/internal/libkrun"
	"sandboxfile/native/internal/link"
)

const (
	// bootLimit is ten times what a guest needs on hardware that works.
	bootLimit = 3 * time.Second
	// probeMemory is what the kernel and the agent need.
	probeMemory = 128
	// settleTime is how long the parts of one event may take to show.
	settleTime = 500 * time.Millisecond
	// standIn is a disk with nothing on it.
	standIn = 1 << 20
)

var errSilent = fmt.Errorf("a guest was started and did not answer within %v", bootLimit)

// boot runs a guest until its agent answers, and ends it. Whatever else happens within bootLimit, or
// does not, means that guests do not run here.
func (h Hardware) boot(ctx context.Context, library *libkrun.Library) error {
	folder, err := os.MkdirTemp(h.own(), durable.TempPattern)
	if err != nil {
		return failure.Storage(failurev1.Code_CODE_RUN_FOLDER, h.own(), err)
	}
	defer os.RemoveAll(folder)
	config := krun.Config{
		Helper: h.Helper(), Library: library.Path, CPUs: 1, MemoryMiB: probeMemory,
		Kernel: h.Kernel, AgentDisk: h.AgentDisk,
		RootDisk: filepath.Join(folder, "root"), Disk: filepath.Join(folder, "disk"),
	}
	for _, path := range []string{config.RootDisk, config.Disk} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			return failure.Storage(failurev1.Code_CODE_RUN_FOLDER, path, err)
		}
		if err := os.Truncate(path, standIn); err != nil {
			return failure.Storage(failurev1.Code_CODE_RUN_FOLDER, path, err)
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, bootLimit, errSilent)
	defer cancel()
	vm, err := krun.Start(config)
	if err != nil {
		return err
	}
	err = greet(ctx, vm)
	_ = vm.Kill()
	<-vm.Exited()
	vm.Close()
	return hardwareFailure(err)
}

// greet waits for the agent's first answer, or for the end of the VM.
func greet(ctx context.Context, vm *krun.VM) error {
	streams := vm.Streams()
	defer streams.Close()
	go func() { _, _ = io.Copy(io.Discard, streams.Console) }()
	agent := link.Open(streams.Link)
	defer agent.Close()
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
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
	guest := agentv1connect.NewAgentServiceClient(agent, link.BaseURL, connect.WithReadMaxBytes(link.MaxMessageBytes))
	if _, err := guest.Hello(ctx, &agentv1.HelloRequest{Protocol: link.Generation}); err != nil {
		// The end of the VM has better reasons to give than the end of its link.
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(settleTime):
			return err
		}
	}
	return nil
}

// hardwareFailure leaves names that say more.
func hardwareFailure(err error) error {
	if err == nil {
		return nil
	}
	if named, ok := errors.AsType[*failure.Error](err); ok && named.Code != failurev1.Code_CODE_VMM_FAILED {
		return err
	}
	name := device
	if name == "" {
		name = "Hypervisor.framework"
	}
	return failure.New(failurev1.Code_CODE_HYPERVISOR, name, err)
}
