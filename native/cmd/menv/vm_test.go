package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/rundir"
)

func TestSandboxRunsAndStops(t *testing.T) {
	s := start(t, newSpec(t))
	began := time.Now()
	state := s.await(machinev1.Phase_PHASE_RUNNING)
	t.Logf("running after %v: %v", time.Since(began), state)
	text, exit := s.output("uname -r; exit 7")
	if exit.GetCode() != 7 {
		t.Fatalf("exit %v, output %q", exit, text)
	}
	metrics, err := s.machine.GetMetrics(context.Background(), &machinev1.GetMetricsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("output %q, metrics %v", text, metrics)
	began = time.Now()
	state = s.stop(time.Second)
	t.Logf("stopped after %v: %v", time.Since(began), state)
	if !state.GetClean() || state.GetFailure() != nil {
		t.Fatalf("stopped badly: %v", state)
	}
	if _, err := os.Stat(filepath.Join(s.spec.GetRunFolder(), "result.json")); err != nil {
		t.Fatal(err)
	}
}

func TestVMMDeathEndsTheSandbox(t *testing.T) {
	s := start(t, newSpec(t))
	state := s.await(machinev1.Phase_PHASE_RUNNING)
	if err := syscall.Kill(int(state.GetVmmPid()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	state = s.await(machinev1.Phase_PHASE_ENDED)
	if code := state.GetFailure().GetCode(); code != failurev1.Code_CODE_VMM_FAILED {
		t.Fatalf("ended with %v", state)
	}
	s.exited()
	s.free()
}

func TestSupervisorDeathEndsTheVMM(t *testing.T) {
	s := start(t, newSpec(t))
	s.await(machinev1.Phase_PHASE_BOOTING)
	s.command.Process.Kill()
	s.exited()
	s.free()
	again := start(t, s.spec)
	again.await(machinev1.Phase_PHASE_RUNNING)
	again.stop(0)
}

func TestSecondSupervisorIsRefused(t *testing.T) {
	s := start(t, newSpec(t))
	second := start(t, s.spec)
	if code := second.report.GetFailure().GetCode(); code != failurev1.Code_CODE_ALREADY_RUNNING {
		t.Fatalf("second start: %v", second.report)
	}
	s.await(machinev1.Phase_PHASE_RUNNING)
	s.stop(0)
}

func TestStoppedVMMDoesNotBlock(t *testing.T) {
	s := start(t, newSpec(t))
	state := s.await(machinev1.Phase_PHASE_RUNNING)
	if err := syscall.Kill(int(state.GetVmmPid()), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if _, err := s.machine.GetState(context.Background(), &machinev1.GetStateRequest{}); err != nil {
		t.Fatal(err)
	}
	state = s.stop(100 * time.Millisecond)
	if state.GetClean() || state.GetPhase() != machinev1.Phase_PHASE_ENDED {
		t.Fatalf("ended with %v", state)
	}
}

func TestStopWhileBooting(t *testing.T) {
	s := start(t, newSpec(t))
	s.await(machinev1.Phase_PHASE_BOOTING)
	if state := s.stop(time.Second); !state.GetClean() || state.GetFailure() != nil {
		t.Fatalf("ended with %v", state)
	}
}

func TestBootTimeout(t *testing.T) {
	spec := newSpec(t)
	spec.NoTemplate = true
	spec.BootTimeoutMs = 50
	s := start(t, spec)
	s.exited()
	if code := s.result().GetFailure().GetCode(); code != failurev1.Code_CODE_BOOT_TIMEOUT {
		t.Fatalf("ended with %v", s.result())
	}
}

func TestGuestPanicIsTold(t *testing.T) {
	spec := newSpec(t)
	spec.AgentDisk = spec.RootDisk // has no /init
	s := start(t, spec)
	s.exited()
	failed := s.result().GetFailure()
	if failed.GetCode() != failurev1.Code_CODE_GUEST_PANIC || !strings.Contains(failed.GetCause(), "panic") {
		t.Fatalf("ended with %v", s.result())
	}
}

// The first client of an awaited main program gets every byte, however late it comes.
func TestAwaitedMainProgramIsExact(t *testing.T) {
	const size = 32 << 20
	spec := newSpec(t)
	spec.AwaitClient = true
	spec.Main = &agentv1.ProcessSpec{
		Id: "main", Program: "/bin/sh", Stdin: agentv1.Stdin_STDIN_STREAM, OnDetach: agentv1.OnDetach_ON_DETACH_KEEP, Log: true,
		Args: []string{"-c", "head -c 33554432 /dev/zero; cat; exit 3"},
	}
	s := start(t, spec)
	s.await(machinev1.Phase_PHASE_RUNNING)
	time.Sleep(200 * time.Millisecond) // the program fills what is held and is paused
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	stream, err := s.process.Exec(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []*agentv1.ExecRequest{
		{Kind: &agentv1.ExecRequest_Attach{Attach: &agentv1.Attach{Id: "main", ReplayBytes: 1 << 18}}},
		{Kind: &agentv1.ExecRequest_Stdin{Stdin: []byte("the end")}},
		{Kind: &agentv1.ExecRequest_StdinEnd{StdinEnd: &agentv1.StdinEnd{}}},
	} {
		if err := stream.Send(request); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	text, exit := collect(t, stream.Receive)
	t.Logf("%d MiB in %v", size>>20, time.Since(began))
	want := append(make([]byte, size), "the end"...)
	if exit.GetCode() != 3 || sha256.Sum256([]byte(text)) != sha256.Sum256(want) {
		t.Fatalf("exit %v, %d bytes", exit, len(text))
	}
	s.exited()
	if state := s.result(); state.GetMainExit().GetCode() != 3 || !state.GetClean() {
		t.Fatalf("ended with %v", state)
	}
	log, err := os.ReadFile(spec.GetLogFile())
	if err != nil || !bytes.HasSuffix(log, []byte("the end")) {
		t.Fatalf("log of %d bytes, %v", len(log), err)
	}
}

// A main program that has ended before its client came still has its output delivered.
func TestLateClientOfAnEndedMainProgram(t *testing.T) {
	spec := newSpec(t)
	spec.AwaitClient = true
	spec.Main = &agentv1.ProcessSpec{
		Id: "main", Program: "/bin/echo", Args: []string{"hello"}, OnDetach: agentv1.OnDetach_ON_DETACH_KEEP, Log: true,
	}
	s := start(t, spec)
	s.await(machinev1.Phase_PHASE_STOPPING)
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	stream, err := s.process.Exec(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Attach{Attach: &agentv1.Attach{Id: "main"}}}); err != nil {
		t.Fatal(err)
	}
	if text, exit := collect(t, stream.Receive); text != "hello\n" || exit.GetCode() != 0 {
		t.Fatalf("%q, %v", text, exit)
	}
	s.exited()
}

func TestMainProgramNotFound(t *testing.T) {
	spec := newSpec(t)
	spec.Main = &agentv1.ProcessSpec{Id: "main", Program: "/no/such", OnDetach: agentv1.OnDetach_ON_DETACH_KEEP, Log: true}
	s := start(t, spec)
	s.exited()
	if failed := s.result().GetFailure(); failed.GetCode() != failurev1.Code_CODE_PROGRAM_NOT_FOUND {
		t.Fatalf("ended with %v", s.result())
	}
}

func TestEphemeralDiskIsRemoved(t *testing.T) {
	spec := newSpec(t)
	spec.Ephemeral = true
	s := start(t, spec)
	s.await(machinev1.Phase_PHASE_RUNNING)
	s.stop(0)
	if _, err := os.Stat(spec.GetDisk()); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the disk is still there: %v", err)
	}
}

func TestAgentServiceIsNotRelayed(t *testing.T) {
	s := start(t, newSpec(t))
	answer, err := s.http.Post("http://sandbox/menv.agent.v1.AgentService/Shutdown", "application/proto", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != 404 {
		t.Fatalf("status %v", answer.Status)
	}
	s.stop(0)
}

// exited waits for the supervisor's end.
func (s *sandbox) exited() {
	s.Helper()
	select {
	case <-s.ended:
	case <-time.After(hang):
		s.Fatal("the supervisor did not end")
	}
}

// free checks that nobody owns the run folder any more.
func (s *sandbox) free() {
	s.Helper()
	folder, err := rundir.Claim(s.spec.GetRunFolder())
	if err != nil {
		s.Fatal(err)
	}
	folder.Release()
}

func (s *sandbox) result() *machinev1.MachineState {
	s.Helper()
	data, err := os.ReadFile(filepath.Join(s.spec.GetRunFolder(), "result.json"))
	if err != nil {
		s.Fatal(err)
	}
	result := &machinev1.RunResult{}
	if err := protojson.Unmarshal(data, result); err != nil {
		s.Fatal(err)
	}
	return result.GetState()
}
