package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	machinev1 "sandboxfile/native/gen/menv/machine/v1"
)

// A running sandbox keeps its image, and who wants to remove it learns which sandbox that is.
func TestRunningSandboxKeepsItsImage(t *testing.T) {
	spec := newSpec(t)
	spec.Project = "/projects/example"
	store := filepath.Dir(filepath.Dir(filepath.Dir(spec.GetRootDisk())))
	menv := func(arguments ...string) string {
		t.Helper()
		all := append([]string{"image", arguments[0], "--store", store, "--platform", "linux/" + runtime.GOARCH}, arguments[1:]...)
		output, _ := exec.Command(os.Args[0], all...).Output() // a failure is part of the output
		return string(output)
	}
	s := start(t, spec)
	s.await(machinev1.Phase_PHASE_RUNNING)
	for _, expected := range []string{"CODE_IMAGE_IN_USE", "Sandboxfile/test of /projects/example"} {
		if answer := menv("rm", "builtin:busybox"); !strings.Contains(answer, expected) {
			t.Errorf("rm: %s, expected %s", answer, expected)
		}
	}
	if answer := menv("prune", "--keep", "0"); !strings.Contains(answer, `"digests":[]`) {
		t.Errorf("prune: %s", answer)
	}
	if answer := menv("ls"); !strings.Contains(answer, `"inUseBy":["Sandboxfile/test of /projects/example"]`) {
		t.Errorf("ls: %s", answer)
	}
	s.stop(0)
	if answer := menv("ls"); !strings.Contains(answer, `"inUseBy":[]`) {
		t.Errorf("ls after the end: %s", answer)
	}
}
