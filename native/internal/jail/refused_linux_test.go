package jail_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sandboxfile/native/internal/jail"
	"sandboxfile/native/internal/jail/probe"
)

// lacking names a system call, in a process that starts a prisoner without it and tells what the jail is then.
const lacking = "JAIL_TEST_LACKING"

func startWithout(name string) error {
	if err := probe.Without(name); err != nil {
		return err
	}
	cmd, ended := exec.Command("/bin/cat", "/proc/self/status"), make(chan struct{})
	var status bytes.Buffer
	cmd.Stdout = &status
	parts, err := jail.Start(cmd, jail.Profile{Read: []string{"/proc"}, OwnUser: true}, func() { close(ended) })
	if err != nil {
		return err
	}
	<-ended
	return json.NewEncoder(os.Stdout).Encode(refusal{Parts: parts, Status: status.String()})
}

type refusal struct {
	Parts  []jail.Part
	Status string
}

// A wall that the host refuses is left out, with the reason; the process starts, behind all the others.
func TestAPartThatTheHostRefuses(t *testing.T) {
	rest := []string{"NoNewPrivs:\t1", "CapEff:\t0000000000000000", "Seccomp:\t2"}
	for _, test := range []struct {
		call, part, off string
		rest            []string
	}{
		{"landlock_create_ruleset", jail.PartFiles, "the kernel has no Landlock", rest},
		{"landlock_add_rule", jail.PartFiles, "landlock_add_rule", rest},
		{"landlock_restrict_self", jail.PartFiles, "landlock_restrict_self", rest},
		{"close_range", jail.PartInherited, "close_range", rest},
		{"unshare", jail.PartNetwork, "unshare", rest},
		{"prlimit64", jail.PartLimits, "limit", rest},
		{"seccomp", jail.PartSyscalls, "", rest[:2]},
	} {
		t.Run(test.call, func(t *testing.T) {
			if test.part == jail.PartNetwork && os.Geteuid() != 0 {
				t.Skip("only root leaves the network")
			}
			found := refusedWithout(t, test.call)
			for _, part := range found.Parts {
				switch {
				case part.Name == test.part:
					if part.Off == "" || !strings.Contains(part.Off, test.off) {
						t.Errorf("%s: %q", part.Name, part.Off)
					}
				case part.Off != "" && part.Name != jail.PartCgroup:
					t.Errorf("%s is off, too: %s", part.Name, part.Off)
				}
			}
			for _, want := range test.rest {
				if !strings.Contains(found.Status, want) {
					t.Errorf("no %q in:\n%s", want, found.Status)
				}
			}
		})
	}
}

func refusedWithout(t *testing.T, call string) (found refusal) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s", lacking, call))
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(output, &found); err != nil {
		t.Fatalf("%v: %q", err, output)
	}
	return found
}
