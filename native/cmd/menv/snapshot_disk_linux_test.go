package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
)

// TestSnapshotsShareTheDisk makes a disk of several layers, in the order of a life: three snapshots, a
// later start, a start after the layers were made one file, and starts from the snapshots' disks.
func TestSnapshotsShareTheDisk(t *testing.T) {
	spec := newSpec(t)
	s := start(t, spec)
	s.await(machinev1.Phase_PHASE_RUNNING)
	folder := t.TempDir()
	one, two, three := filepath.Join(folder, "one"), filepath.Join(folder, "two"), filepath.Join(folder, "three")
	s.run("head -c 20000000 /dev/urandom > /a; sha256sum /a > /a.sum; head -c 300000 /dev/urandom > /gone")
	first := s.request(&machinev1.SnapshotRequest{Folder: one, DiskOnly: true, Description: "the first"})
	if !first.GetHeld() || !first.GetDiskOnly() || first.GetDescription() != "the first" {
		t.Errorf("%v", first)
	}
	s.run("rm /gone; head -c 3000000 /dev/urandom > /b; sha256sum /b > /b.sum")
	s.request(&machinev1.SnapshotRequest{Folder: two})
	// The second has what came after the first one, and no second copy of that.
	if more := own(t, two); more > 10<<20 {
		t.Errorf("%d KiB of disk that are its own", more>>10)
	}
	s.run("head -c 1000000 /dev/urandom > /c; sha256sum /c > /c.sum")
	s.request(&machinev1.SnapshotRequest{Folder: three, DiskOnly: true})
	s.run("echo last > /d; sync")
	// Its parents go; it stays.
	if err := os.RemoveAll(one); err != nil {
		t.Fatal(err)
	}
	s.stop(time.Second)
	s.exited()
	const all = "sha256sum -c /a.sum /b.sum /c.sum > /dev/null && cat /d && ! ls /gone 2> /dev/null"
	again := func(spec *machinev1.MachineSpec, script, want string) {
		t.Helper()
		s := start(t, spec)
		s.await(machinev1.Phase_PHASE_RUNNING)
		if text, exit := s.output(script); exit.GetCode() != 0 || text != want {
			t.Errorf("%q ends with %v: %q", script, exit.GetCode(), text)
		}
		if state := s.stop(time.Second); !state.GetClean() {
			t.Errorf("%v", state)
		}
		s.exited()
	}
	again(spec, all, "last\n")
	chain, err := disk.Ensure(t.Context(), spec.GetEmptyDisk(), spec.GetDisk(), 1)
	if err != nil || len(chain) != 1 {
		t.Fatalf("%v, %v", chain, err)
	}
	consistent(t, chain)
	again(spec, all, "last\n")
	other := newSpec(t)
	other.Snapshot, other.SnapshotDiskOnly = two, true
	again(other, "sha256sum -c /a.sum /b.sum && ls /c /d /gone 2> /dev/null | wc -l", "/a: OK\n/b: OK\n0\n")
	other = newSpec(t)
	other.Snapshot, other.SnapshotDiskOnly = three, true
	if err := os.RemoveAll(two); err != nil {
		t.Fatal(err)
	}
	again(other, "sha256sum -c /a.sum /b.sum /c.sum > /dev/null; echo $?; ls /d 2> /dev/null | wc -l", "0\n0\n")
	// A disk alone cannot be gone on with.
	other = newSpec(t)
	other.Snapshot = three
	refused := start(t, other)
	refused.exited()
	if cause := refused.result().GetFailure().GetCause(); !strings.Contains(cause, "no memory") {
		t.Errorf("%v", refused.result())
	}
}

func (s *sandbox) run(script string) {
	s.Helper()
	if text, exit := s.output(script); exit.GetCode() != 0 {
		s.Fatalf("%q ends with %v: %q", script, exit, text)
	}
}

func (s *sandbox) request(request *machinev1.SnapshotRequest) *machinev1.SnapshotInfo {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	answer, err := s.machine.Snapshot(ctx, request)
	if err != nil {
		s.Fatal(err)
	}
	return answer.GetInfo()
}

// own is what only this snapshot's disk takes.
func own(t *testing.T, folder string) (total uint64) {
	t.Helper()
	layers, err := filepath.Glob(filepath.Join(folder, "layer-*"))
	if err != nil || len(layers) != 2 {
		t.Fatalf("layers %v, %v", layers, err)
	}
	return disk.Chain{{Path: newest(t, layers)}}.Allocated()
}

// newest is the layer that is the smallest: the others hold what was there before.
func newest(t *testing.T, layers []string) string {
	t.Helper()
	smallest := layers[0]
	for _, path := range layers[1:] {
		if (disk.Chain{{Path: path}}).Allocated() < (disk.Chain{{Path: smallest}}).Allocated() {
			smallest = path
		}
	}
	return smallest
}

// consistent checks the file system on a disk that nobody uses, as it is after a crash: the journal is
// replayed, then nothing may be wrong. The disk itself stays as it is.
func consistent(t *testing.T, chain disk.Chain) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk.img")
	if _, err := disk.Adopt(path, chain); err != nil {
		t.Fatal(err)
	}
	whole, err := disk.Ensure(t.Context(), "/missing", path, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"-p", "-fn"} {
		output, err := exec.Command("e2fsck", mode, whole[0].Path).CombinedOutput()
		failed, ended := errors.AsType[*exec.ExitError](err)
		// 1: -p has replayed the journal.
		if replayed := mode == "-p" && ended && failed.ExitCode() == 1; err != nil && !replayed {
			t.Fatalf("e2fsck %s: %v: %s", mode, err, output)
		}
	}
}
