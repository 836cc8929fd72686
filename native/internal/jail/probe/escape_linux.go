package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"sandboxfile/native/internal/jail"
)

// leastActions are fewer than there are: a prisoner that does nothing proves nothing.
const leastActions = 60

// Prisoner is a program that any user may run.
func Prisoner(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/var/tmp", "jail-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "prisoner")
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// Start puts a command in the jail, and returns what is closed when the process has ended.
func Start(t *testing.T, cmd *exec.Cmd, profile jail.Profile) ([]jail.Part, <-chan struct{}) {
	t.Helper()
	ended := make(chan struct{})
	parts, err := jail.Start(cmd, profile, func() { close(ended) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	return parts, ended
}

// AllDenied fails the test for each action that the jail does not deny, but for those of the profile's purpose.
func AllDenied(t *testing.T, profile jail.Profile, but ...string) {
	t.Helper()
	results := Escape(t, profile)
	if len(results) < leastActions {
		t.Errorf("only %d actions", len(results))
	}
	for _, result := range results {
		if !result.Denied() && !slices.Contains(but, result.Action) {
			t.Errorf("%s: errno %d (%v)", result.Action, result.Errno, result.Errno)
		}
	}
}

// Escape has the prisoner try everything.
func Escape(t *testing.T, profile jail.Profile) []Result {
	t.Helper()
	program := Prisoner(t)
	folder := filepath.Dir(program)
	if err := os.WriteFile(filepath.Join(folder, "victim"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = []string{fmt.Sprintf("%s=%d", Parent, os.Getpid()), Folder + "=" + folder}
	cmd.Stderr = os.Stderr
	var output bytes.Buffer
	cmd.Stdout = &output
	_, ended := Start(t, cmd, profile)
	<-ended
	var results []Result
	if err := json.Unmarshal(output.Bytes(), &results); err != nil {
		t.Fatalf("%v: %q", err, output.String())
	}
	return results
}
