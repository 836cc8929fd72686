package jail_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/jail"
	"sandboxfile/native/internal/jail/probe"
)

func TestMain(m *testing.M) {
	probe.Main()
	if name := os.Getenv(lacking); name != "" {
		if err := startWithout(name); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestEveryActionIsDenied(t *testing.T) { probe.AllDenied(t, jail.Profile{OwnUser: true}) }

// Without capabilities, being root means little.
func TestWithoutAUserOfItsOwn(t *testing.T) { probe.AllDenied(t, jail.Profile{}, "become root") }

func TestStatusOfAPrisoner(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	// One that nobody meant for the prisoner.
	stray, err := unix.Open("/dev/null", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stray)
	cmd := exec.Command("/bin/cat")
	cmd.Stdin = reader
	cmd.ExtraFiles = []*os.File{reader}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	parts, _ := probe.Start(t, cmd, jail.Profile{OwnUser: true})
	// Before it has been loaded, it is the loader that has files open.
	if _, err := writer.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := output.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		// Few hosts of tests hand a cgroup down.
		if part.Off != "" && part.Name != jail.PartCgroup {
			t.Errorf("%s is off: %s", part.Name, part.Off)
		}
	}
	t.Logf("parts: %+v", parts)
	folder := fmt.Sprintf("/proc/%d", cmd.Process.Pid)
	if cgroup, err := os.ReadFile(folder + "/cgroup"); err == nil {
		t.Logf("cgroup: %s", cgroup)
	}
	status, err := os.ReadFile(folder + "/status")
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{
		"Seccomp:\t2", "NoNewPrivs:\t1", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000",
		"CapAmb:\t0000000000000000",
	}
	if os.Getuid() == 0 {
		wanted = append(wanted, "CapBnd:\t0000000000000000", "Groups:\t \n")
	}
	for _, want := range wanted {
		if !strings.Contains(string(status), want) {
			t.Errorf("no %q in:\n%s", want, status)
		}
	}
	if strings.Contains(string(status), "Uid:\t0\t") {
		t.Error("it is root")
	}
	descriptors, err := os.ReadDir(folder + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, descriptor := range descriptors {
		if number, err := strconv.Atoi(descriptor.Name()); err != nil || number > 3 {
			t.Errorf("it has inherited %s", descriptor.Name())
		}
	}
	limits, err := os.ReadFile(folder + "/limits")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^Max core file size +0 +0`).Match(limits) {
		t.Errorf("limits: %s", limits)
	}
}

func TestFilesOfTheProfile(t *testing.T) {
	folder := filepath.Dir(probe.Prisoner(t))
	secret, given := filepath.Join(folder, "secret"), filepath.Join(folder, "given")
	for _, path := range []string{secret, given} {
		if err := os.WriteFile(path, []byte("text"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{given: "text", secret: ""} {
		var output bytes.Buffer
		cmd := exec.Command("/bin/cat", path)
		cmd.Stdout = &output
		_, ended := probe.Start(t, cmd, jail.Profile{Read: []string{given, filepath.Join(folder, "absent")}})
		<-ended
		if got := output.String(); got != want {
			t.Errorf("%s: %q", filepath.Base(path), got)
		}
	}
}

// A program that root has where nobody else may look runs as another user all the same.
func TestAProgramOfRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("it is root that starts others")
	}
	program := probe.Prisoner(t)
	folder := filepath.Dir(program)
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	cmd := exec.Command(program)
	cmd.Env = []string{fmt.Sprintf("%s=%d", probe.Parent, os.Getpid()), probe.Folder + "=" + folder}
	cmd.Stdout, cmd.Stderr = &output, os.Stderr
	parts, ended := probe.Start(t, cmd, jail.Profile{OwnUser: true})
	<-ended
	if !slices.Contains(parts, jail.Part{Name: jail.PartUser}) {
		t.Errorf("%+v", parts)
	}
	var results []probe.Result
	if err := json.Unmarshal(output.Bytes(), &results); err != nil {
		t.Fatalf("%v: %q", err, output.String())
	}
	for _, result := range results {
		if !result.Denied() {
			t.Errorf("%s: %v", result.Action, result.Errno)
		}
	}
}

// So does one that is loaded by another; a script, which would be looked for by its name, stays root's and runs.
func TestOtherProgramsOfRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("it is root that starts others")
	}
	words, err := os.ReadFile("/bin/cat")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		content []byte
		own     bool
	}{"loaded": {words, true}, "script": {[]byte("#!/bin/sh\nexec /bin/cat \"$@\"\n"), false}} {
		program := filepath.Join(folder, name)
		if err := os.WriteFile(program, row.content, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, "/proc/self/status")
		var status bytes.Buffer
		cmd.Stdout = &status
		parts, ended := probe.Start(t, cmd, jail.Profile{OwnUser: true, Read: []string{"/proc"}})
		<-ended
		if slices.Contains(parts, jail.Part{Name: jail.PartUser}) != row.own || strings.Contains(status.String(), "Uid:\t0\t") == row.own {
			t.Errorf("%s: %+v\n%s", name, parts, status.String())
		}
	}
}

func TestNetworkOfTheProfile(t *testing.T) {
	for _, result := range probe.Escape(t, jail.Profile{Network: true, OwnUser: true}) {
		if result.Action == "socket: TCP" && result.Denied() {
			t.Errorf("%s: %v", result.Action, result.Errno)
		}
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	_, err := jail.Start(exec.Command("/no/such/program"), jail.Profile{}, func() { t.Error("it has ended") })
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error: %v", err)
	}
}
