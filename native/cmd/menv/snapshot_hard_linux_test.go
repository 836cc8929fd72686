package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/snapshot"
)

// writing runs a program that writes as fast as it can: numbered files, each published by a rename after it
// is on the disk, so that a disk with a file has all of it.
func writing(t *testing.T) *machinev1.MachineSpec {
	spec := newSpec(t)
	spec.Main = &agentv1.ProcessSpec{
		Id: "main", Program: "/bin/sh", OnDetach: agentv1.OnDetach_ON_DETACH_KEEP, Log: true,
		Args: []string{"-c", `mkdir -p /work; n=0
			while :; do n=$((n + 1)); head -c 100000 /dev/urandom > /work/new; sha256sum < /work/new > /work/new.sum
			mv /work/new /work/$((n % 50)); mv /work/new.sum /work/$((n % 50)).sum; echo $n > /count.new; mv /count.new /count; done`},
	}
	return spec
}

// TestSnapshotUnderWriteLoad: what a snapshot holds is consistent on its disk and in its memory, whatever the
// guest was doing, and the guest it was made of goes on.
func TestSnapshotUnderWriteLoad(t *testing.T) {
	spec := writing(t)
	s := start(t, spec)
	s.await(machinev1.Phase_PHASE_RUNNING)
	s.run(`while [ "$(cat /count 2> /dev/null || echo 0)" -lt 20 ]; do sleep 0.1; done`)
	folder := filepath.Join(t.TempDir(), "snapshot")
	info := s.snapshot(folder)
	t.Logf("paused %v, held %v", time.Duration(info.GetPausedNs()), info.GetHeld())
	before := digest(t, folder)
	s.run(`n=$(cat /count); while [ "$(cat /count)" -lt $((n + 5)) ]; do sleep 0.1; done`)
	home, err := templateHome()
	if err != nil {
		t.Fatal(err)
	}
	key, err := snapshot.UserKey(home)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := snapshot.Open(folder, key)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "disk.img")
	chain, err := opened.RestoreDisk(copied)
	if err != nil {
		t.Fatal(err)
	}
	consistent(t, chain)
	// Twice from the same one, at the same time; both go on, and the snapshot stays as it is.
	check := `n=$(cat /count); while [ "$(cat /count)" -lt $((n + 5)) ]; do sleep 0.1; done
		cd /work; for f in 1 2 3 4 5 6 7 8 9; do [ "$(sha256sum < $f)" = "$(cat $f.sum)" ] && echo $f; done | wc -l; dmesg | grep -ci 'ext4.*error\|i/o error'`
	one, two := start(t, from(t, spec, folder)), start(t, from(t, spec, folder))
	for _, each := range []*sandbox{one, two} {
		if state := each.await(machinev1.Phase_PHASE_RUNNING); state.GetPhase() != machinev1.Phase_PHASE_RUNNING {
			t.Fatalf("%v", state)
		}
		// One of the nine may be between its two renames.
		if text, _ := each.output(check); text != "9\n0\n" && text != "8\n0\n" {
			t.Errorf("the guest says %q", text)
		}
		each.stop(time.Second)
	}
	if string(before) != string(digest(t, folder)) {
		t.Error("the snapshot has changed")
	}
	s.stop(time.Second)
}

// TestNoSpaceForASnapshot: it is told, nothing is left, the guest goes on, and there is one once there is room.
func TestNoSpaceForASnapshot(t *testing.T) {
	s := start(t, counting(t))
	s.await(machinev1.Phase_PHASE_RUNNING)
	first := s.add("40")
	full := small(t, "4m")
	_, err := s.machine.Snapshot(context.Background(), &machinev1.SnapshotRequest{Folder: filepath.Join(full, "snapshot")})
	if code := failure.Of(err, 0).GetCode(); code != failurev1.Code_CODE_NO_SPACE {
		t.Fatalf("%v", err)
	}
	if left, _ := os.ReadDir(full); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if second := s.add("2"); second != strings.Replace(first, "40", "42", 1) {
		t.Errorf("the guest says %q after %q", second, first)
	}
	if chain, err := disk.Open(s.spec.GetDisk()); err != nil || len(chain) != 1 {
		t.Errorf("the disk has layers for nothing: %v, %v", chain, err)
	}
	if err := unix.Mount("", full, "", unix.MS_REMOUNT, "size=512m"); err != nil {
		t.Fatal(err)
	}
	s.snapshot(filepath.Join(full, "snapshot"))
	s.stop(time.Second)
	// Another file system: the disk's layers are copied.
	back := start(t, from(t, s.spec, filepath.Join(full, "snapshot")))
	back.await(machinev1.Phase_PHASE_RUNNING)
	if third := back.add("3"); third != strings.Replace(first, "40", "45", 1) {
		t.Errorf("restored, it says %q after %q", third, first)
	}
	back.stop(0)
}

// TestKillsOfASnapshot kills each of the two processes when a step is seen on the disk: what was on
// the sandbox's disk stays, no half snapshot is there, and the next one is made.
func TestKillsOfASnapshot(t *testing.T) {
	spec := newSpec(t)
	snapshots := t.TempDir()
	s := start(t, spec)
	s.await(machinev1.Phase_PHASE_RUNNING)
	s.run("head -c 2000000 /dev/urandom > /file; sha256sum /file > /sum; sync")
	for _, victim := range []string{"supervisor", "QEMU"} {
		for _, step := range []string{"", "state", "ram", "layer-*", "snapshot.json"} {
			t.Run(victim+" at "+step, func(t *testing.T) {
				killed := s.spec
				target := filepath.Join(snapshots, "new")
				done := make(chan error, 1)
				go func() {
					_, err := s.machine.Snapshot(context.Background(), &machinev1.SnapshotRequest{Folder: target})
					done <- err
				}()
				pid := s.command.Process.Pid
				if victim == "QEMU" {
					state, err := s.machine.GetState(context.Background(), &machinev1.GetStateRequest{})
					if err != nil {
						t.Fatal(err)
					}
					pid = int(state.GetState().GetVmmPid())
				}
				var failed error
				for over := false; !over; {
					select {
					case failed = <-done:
						over = true
					default:
						if found, _ := filepath.Glob(filepath.Join(snapshots, ".tmp-*", step)); len(found) > 0 {
							_ = syscall.Kill(pid, syscall.SIGKILL)
							failed = <-done
							over = true
						}
					}
				}
				_ = syscall.Kill(pid, syscall.SIGKILL)
				s.exited()
				// A snapshot that was told to be there is there, and any that is there is whole.
				_, err := os.Stat(target)
				if failed == nil && err != nil {
					t.Errorf("it was told to be there: %v", err)
				}
				if err == nil {
					other := from(t, killed, target)
					other.Main = nil
					restored := start(t, other)
					restored.await(machinev1.Phase_PHASE_RUNNING)
					restored.run("sha256sum -c /sum")
					restored.stop(0)
					restored.exited()
				}
				if err := os.RemoveAll(target); err != nil {
					t.Fatal(err)
				}
				s = start(s.T, killed)
				s.await(machinev1.Phase_PHASE_RUNNING)
				s.run("sha256sum -c /sum")
				if victim == "QEMU" && step == "snapshot.json" {
					s.request(&machinev1.SnapshotRequest{Folder: target})
					if left, _ := filepath.Glob(filepath.Join(snapshots, ".tmp-*")); len(left) != 0 {
						t.Errorf("left: %v", left)
					}
				}
			})
		}
	}
	s.stop(time.Second)
	s.exited()
	chain, err := disk.Ensure(t.Context(), spec.GetEmptyDisk(), spec.GetDisk(), disk.MaxLayers)
	if err != nil {
		t.Fatal(err)
	}
	consistent(t, chain)
}
