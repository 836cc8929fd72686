package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
)

func TestUnusableSpecsChangeNothing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*machinev1.MachineSpec)
		want   failurev1.Code
	}{
		"no memory":    {func(s *machinev1.MachineSpec) { s.MemoryMib = 0 }, failurev1.Code_CODE_SPEC},
		"no cpus":      {func(s *machinev1.MachineSpec) { s.Cpus = 0 }, failurev1.Code_CODE_SPEC},
		"relative":     {func(s *machinev1.MachineSpec) { s.Disk = "disk.img" }, failurev1.Code_CODE_SPEC},
		"no VMM":       {func(s *machinev1.MachineSpec) { s.Vmm = &machinev1.Vmm{Program: "no-such-vmm"} }, failurev1.Code_CODE_VMM_MISSING},
		"no kernel":    {func(s *machinev1.MachineSpec) { s.Kernel = "/no/such" }, failurev1.Code_CODE_ASSET_MISSING},
		"no folder":    {func(s *machinev1.MachineSpec) { s.RunFolder = "/no/such" }, failurev1.Code_CODE_RUN_FOLDER},
		"long path":    {func(s *machinev1.MachineSpec) { s.RunFolder += strings.Repeat("x", 100) }, failurev1.Code_CODE_SOCKET_PATH_TOO_LONG},
		"log in a log": {func(s *machinev1.MachineSpec) { s.LogFile = "/dev/null/x.log" }, failurev1.Code_CODE_SPEC},
	} {
		t.Run(name, func(t *testing.T) {
			spec := newSpec(t)
			before := spec.GetDisk()
			c.change(spec)
			s := start(t, spec)
			if code := s.report.GetFailure().GetCode(); code != c.want {
				t.Fatalf("%v, want %v", s.report, c.want)
			}
			s.exited()
			if _, err := os.Stat(before); err == nil {
				t.Fatal("a disk was made")
			}
		})
	}
}

func TestSIGTERMStopsCleanly(t *testing.T) {
	s := start(t, newSpec(t))
	s.await(machinev1.Phase_PHASE_RUNNING)
	s.command.Process.Signal(syscall.SIGHUP)
	s.command.Process.Signal(syscall.SIGTERM)
	s.exited()
	if state := s.result(); !state.GetClean() || state.GetFailure() != nil {
		t.Fatalf("ended with %v", state)
	}
}

// A later stop with less grace ends the wait of the first, and the disk is still unmounted.
func TestShorterGraceWins(t *testing.T) {
	s := start(t, newSpec(t))
	s.await(machinev1.Phase_PHASE_RUNNING)
	stubborn, err := s.process.Exec(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stubborn.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Start{Start: &agentv1.ProcessSpec{
		Program: "/bin/sh", Args: []string{"-c", "trap '' TERM HUP; echo ready; while :; do sleep 1; done"},
	}}})
	for {
		message, err := stubborn.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if message.GetStdout() != nil {
			break
		}
	}
	first := make(chan *machinev1.MachineState)
	go func() { first <- s.stop(10 * time.Minute) }()
	s.await(machinev1.Phase_PHASE_STOPPING)
	if state := s.stop(0); !state.GetClean() {
		t.Fatalf("ended with %v", state)
	}
	<-first
}

// A program that floods its log with nobody watching neither grows the supervisor nor keeps others
// from being served.
func TestFloodWithoutReader(t *testing.T) {
	spec := newSpec(t)
	spec.Main = &agentv1.ProcessSpec{
		Id: "main", Program: "/bin/sh", Args: []string{"-c", "yes 0123456789 | dd bs=64k 2>/dev/null"},
		OnDetach: agentv1.OnDetach_ON_DETACH_KEEP, Log: true,
	}
	s := start(t, spec)
	s.await(machinev1.Phase_PHASE_RUNNING)
	for range 3 {
		time.Sleep(time.Second)
		metrics, err := s.machine.GetMetrics(context.Background(), &machinev1.GetMetricsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if resident := metrics.GetSupervisorResidentBytes(); resident > 64<<20 {
			t.Fatalf("%d MiB resident", resident>>20)
		}
	}
	if text, _ := s.output("echo served"); text != "served\n" {
		t.Fatalf("%q", text)
	}
	entries, err := os.ReadDir(filepath.Dir(spec.GetLogFile()))
	if err != nil || len(entries) == 0 || len(entries) > 2 {
		t.Fatalf("%v, %v", entries, err)
	}
	s.stop(0)
}
