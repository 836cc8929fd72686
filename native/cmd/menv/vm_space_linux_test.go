package main

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
)

// small mounts a file system of the given size.
func small(t *testing.T, size string) string {
	t.Helper()
	path := t.TempDir()
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no small file system to fill: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(path, unix.MNT_DETACH) })
	return path
}

func TestNoSpaceForTheDisk(t *testing.T) {
	spec := newSpec(t)
	spec.Disk = filepath.Join(small(t, "64k"), "rw", "disk.img")
	s := start(t, spec)
	s.exited()
	failed := s.result().GetFailure()
	if failed.GetCode() != failurev1.Code_CODE_NO_SPACE || failed.GetSubject() != spec.GetDisk() {
		t.Fatalf("ended with %v", s.result())
	}
	if entries, _ := os.ReadDir(filepath.Dir(spec.GetDisk())); len(entries) != 0 {
		t.Fatalf("left over: %v", entries)
	}
}

// A guest that fills the host's file system ends with a name for it, not with a broken disk.
func TestNoSpaceForTheGuestsWrites(t *testing.T) {
	spec := newSpec(t)
	spec.Disk = filepath.Join(small(t, "4m"), "disk.img")
	spec.Main = &agentv1.ProcessSpec{Id: "main", Program: "/bin/sh", Args: []string{"-c", "dd if=/dev/urandom of=/fill bs=64k count=200; sync; sleep 60"}}
	s := start(t, spec)
	state := s.await(machinev1.Phase_PHASE_ENDED)
	if state.GetFailure().GetCode() != failurev1.Code_CODE_NO_SPACE {
		t.Fatalf("ended with %v", state)
	}
}
