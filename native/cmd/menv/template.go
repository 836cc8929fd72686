package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/encoding/protojson"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/detach"
	"sandboxfile/native/internal/hostclock"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/template"
)

// leastUrgent is the priority of making a template: sandboxes and everything else come first.
const leastUrgent = 19

// templateCommand reads the MachineSpec of a guest and makes its template, unless it is there.
func templateCommand([]string) int {
	if err := makeTemplate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func makeTemplate() error {
	if err := detach.Begin(); err != nil {
		return err
	}
	spec, err := readSpec(os.Stdin)
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	program, err := qemu.Find(spec.GetVmm().GetProgram())
	if err != nil {
		return err
	}
	meter := hostclock.NewMeter(home())
	// A template lives long: its clock is to be exact. Without a cache the short measurement counts.
	_ = meter.Refine(ctx)
	rate, err := meter.KHz(ctx)
	if err != nil {
		return err
	}
	return template.In(home()).Make(ctx, qemu.Config{
		Program: program, CPUs: spec.GetCpus(), MemoryMiB: spec.GetMemoryMib(),
		Kernel: spec.GetKernel(), AgentDisk: spec.GetAgentDisk(), ClockKHz: rate,
		Network: spec.GetNetwork() != nil,
	}, spec.GetEmptyDisk())
}

// startMaker starts `menv template` in a session of its own: it goes on when the sandbox has ended.
func startMaker(spec *machinev1.MachineSpec) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	data, err := protojson.Marshal(&machinev1.MachineSpec{
		Vmm: spec.GetVmm(), Cpus: spec.GetCpus(), MemoryMib: spec.GetMemoryMib(),
		Kernel: spec.GetKernel(), AgentDisk: spec.GetAgentDisk(), EmptyDisk: spec.GetEmptyDisk(),
		Network: spec.GetNetwork(),
	})
	if err != nil {
		return err
	}
	input, output, err := os.Pipe()
	if err != nil {
		return err
	}
	defer output.Close()
	maker := exec.Command(own, "template")
	maker.Dir = "/"
	maker.Env = append(os.Environ(), "MENV_HOME="+home())
	maker.Stdin = input
	maker.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = maker.Start()
	input.Close()
	if err != nil {
		return err
	}
	// The priority is the process group's: whatever threads it has by now.
	_ = unix.Setpriority(unix.PRIO_PGRP, maker.Process.Pid, leastUrgent)
	go func() { _ = maker.Wait() }()
	_, err = output.Write(data)
	return err
}
