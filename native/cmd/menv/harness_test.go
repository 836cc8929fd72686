package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/gen/menv/machine/v1/machinev1connect"
	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/snapshot"
)

// The test binary is menv itself when it is started with a verb.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && commands[os.Args[1]] != nil {
		main()
	}
	status := m.Run()
	for _, path := range temporary {
		os.RemoveAll(path)
	}
	os.Exit(status)
}

// hang is the deadline against hangs, generous for a busy machine.
const hang = 5 * time.Minute

func assetFolder() string {
	names := map[string]string{"linux/amd64": "linux-x64", "linux/arm64": "linux-arm64", "darwin/arm64": "darwin-arm64"}
	if folder := os.Getenv("MENV_ASSETS"); folder != "" {
		return folder
	}
	return filepath.Join("..", "..", "..", "dist", names[runtime.GOOS+"/"+runtime.GOARCH])
}

// assets finds what a microVM needs, or says why the test cannot run.
func assets(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(assetFolder())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kernel", "agent.img", "empty.img", "busybox.tar"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Skipf("no assets: %v", err)
		}
	}
	return folder
}

// rootDisk is the built-in image's, brought in once by the command that users' images go through.
var rootDisk = sync.OnceValues(func() (string, error) {
	store, err := os.MkdirTemp("", "menv-images-")
	if err != nil {
		return "", err
	}
	temporary = append(temporary, store)
	output, err := exec.Command(os.Args[0], "image", "resolve", "--store", store, "--platform", "linux/"+runtime.GOARCH,
		"--builtin", filepath.Join(assetFolder(), "busybox.tar"), "builtin:busybox").Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	var last struct{ Image struct{ RootDisk string } }
	err = json.Unmarshal(lines[len(lines)-1], &last)
	return last.Image.RootDisk, err
})

// temporary is removed after all tests.
var temporary []string

// sandbox is a running supervisor and a front end's connection to it.
type sandbox struct {
	*testing.T
	spec    *machinev1.MachineSpec
	command *exec.Cmd
	report  *machinev1.StartReport
	machine machinev1connect.MachineServiceClient
	process agentv1connect.ProcessServiceClient
	http    *http.Client
	ended   <-chan struct{}
}

func newSpec(t *testing.T) *machinev1.MachineSpec {
	t.Helper()
	if _, err := qemu.Find(""); err != nil {
		t.Skipf("no QEMU: %v", err)
	}
	folder := assets(t)
	root, err := rootDisk()
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	spec := guestSpec(folder)
	spec.Sandbox, spec.RunFolder, spec.RootDisk = "Sandboxfile/test", run, root
	spec.Disk, spec.LogFile = filepath.Join(t.TempDir(), "disk.img"), filepath.Join(t.TempDir(), "log", "test.log")
	spec.Guest = &agentv1.ConfigureRequest{Hostname: "test", MachineId: "0123456789abcdef0123456789abcdef"}
	return spec
}

// templateHome has the template of newSpec's guest: made once, so that nothing is made beside a test.
var templateHome = sync.OnceValues(func() (string, error) {
	home, err := os.MkdirTemp("", "menv-home-")
	if err != nil {
		return "", err
	}
	temporary = append(temporary, home)
	return home, runMaker(home, guestSpec(assetFolder()))
})

// runMaker makes a template and waits for it.
func runMaker(home string, spec *machinev1.MachineSpec) error {
	if output, err := makerIn(home, spec).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
}

func makerIn(home string, spec *machinev1.MachineSpec) *exec.Cmd {
	data, err := protojson.Marshal(spec)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	maker := exec.Command(os.Args[0], "template")
	maker.Env = append(os.Environ(), "MENV_HOME="+home)
	maker.Stdin = bytes.NewReader(data)
	return maker
}

// guestSpec is the part of a spec that a template depends on.
func guestSpec(folder string) *machinev1.MachineSpec {
	folder, _ = filepath.Abs(folder)
	return &machinev1.MachineSpec{
		Cpus: 1, MemoryMib: 256, Kernel: filepath.Join(folder, "kernel"),
		AgentDisk: filepath.Join(folder, "agent.img"), EmptyDisk: filepath.Join(folder, "empty.img"),
	}
}

// start runs `menv vm` where the template is made already, unless the spec wants none.
func start(t *testing.T, spec *machinev1.MachineSpec) *sandbox {
	t.Helper()
	home, err := templateHome()
	if err != nil {
		t.Fatal(err)
	}
	if spec.GetNoTemplate() {
		empty := t.TempDir()
		shareKey(t, home, empty)
		home = empty
	}
	return startIn(t, home, spec)
}

// shareKey makes one home's snapshots the other's, as they are one user's.
func shareKey(t *testing.T, from, to string) {
	t.Helper()
	if _, err := snapshot.UserKey(from); err != nil {
		t.Fatal(err)
	}
	const name = "snapshot.key"
	if err := os.Link(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
		t.Fatal(err)
	}
}

// startIn runs `menv vm` as the engine does and reads its report.
func startIn(t *testing.T, home string, spec *machinev1.MachineSpec) *sandbox {
	t.Helper()
	data, err := protojson.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], "vm")
	command.Env = append(os.Environ(), "MENV_HOME="+home)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		command.Process.Kill()
		<-ended
	})
	input.Write(data)
	input.Close()
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		t.Fatalf("no report: %v", err)
	}
	rest, err := io.ReadAll(output)
	if err != nil || len(rest) != 0 {
		t.Fatalf("after the report: %q, %v", rest, err)
	}
	go func() {
		command.Wait()
		close(ended)
	}()
	s := &sandbox{T: t, spec: spec, command: command, report: &machinev1.StartReport{}, ended: ended}
	if err := protojson.Unmarshal(line, s.report); err != nil {
		t.Fatal(err)
	}
	s.http = dialer(filepath.Join(spec.GetRunFolder(), "sock"))
	s.machine = machinev1connect.NewMachineServiceClient(s.http, "http://sandbox")
	s.process = agentv1connect.NewProcessServiceClient(s.http, "http://sandbox")
	return s
}

func dialer(socket string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Protocols: cleartext(),
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", socket)
		},
	}}
}

func cleartext() *http.Protocols {
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	return protocols
}

// await watches until the phase is reached and returns the state then.
func (s *sandbox) await(phase machinev1.Phase) *machinev1.MachineState {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	states, err := s.machine.WatchState(ctx, &machinev1.WatchStateRequest{})
	if err != nil {
		s.Fatal(err)
	}
	defer states.Close()
	var last *machinev1.MachineState
	for states.Receive() {
		last = states.Msg().GetState()
		if last.GetPhase() >= phase {
			return last
		}
	}
	s.Fatalf("never %v: %v, last %v", phase, states.Err(), last)
	return nil
}

func (s *sandbox) stop(grace time.Duration) *machinev1.MachineState {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	answer, err := s.machine.Stop(ctx, &machinev1.StopRequest{GraceMs: uint32(grace.Milliseconds())})
	if err != nil {
		s.Fatal(err)
	}
	return answer.GetState()
}

// output runs a shell line and returns what it printed and its exit status.
func (s *sandbox) output(line string) (string, *agentv1.ExitStatus) {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	stream, err := s.process.Exec(ctx)
	if err != nil {
		s.Fatal(err)
	}
	start := &agentv1.ProcessSpec{Program: "/bin/sh", Args: []string{"-c", line}}
	if err := stream.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Start{Start: start}}); err != nil {
		s.Fatal(err)
	}
	return collect(s.T, stream.Receive)
}

func collect(t *testing.T, receive func() (*agentv1.ExecResponse, error)) (string, *agentv1.ExitStatus) {
	t.Helper()
	var text []byte
	for {
		message, err := receive()
		if err != nil {
			t.Fatalf("after %q: %v", text, err)
		}
		text = append(text, message.GetStdout()...)
		text = append(text, message.GetStderr()...)
		if exit := message.GetExited(); exit != nil {
			return string(text), exit
		}
	}
}
