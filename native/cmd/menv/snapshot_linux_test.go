package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/qemu"
)

// counting runs a program that keeps a number in memory only and tells it when it is asked.
func counting(t *testing.T) *machinev1.MachineSpec {
	spec := newSpec(t)
	spec.Main = &agentv1.ProcessSpec{
		Id: "main", Program: "/bin/sh", OnDetach: agentv1.OnDetach_ON_DETACH_KEEP, Log: true,
		Args: []string{"-c", `secret=$(head -c 16 /dev/urandom | sha256sum)
			mkfifo /add /ask /tell; n=0
			while :; do read word < /add; n=$((n + word)); echo "$n $secret" > /value.new; mv /value.new /value; done`},
	}
	return spec
}

// add adds to the number and returns what is held then: number and secret.
func (s *sandbox) add(number string) string {
	s.Helper()
	text, exit := s.output("while [ ! -p /tell ]; do sleep 0.05; done; touch /value; before=$(cat /value); echo " + number + ` > /add
		for i in $(seq 200); do now=$(cat /value); [ "$now" != "$before" ] && break; sleep 0.05; done; echo "$now"`)
	if exit.GetCode() != 0 {
		s.Fatalf("%v: %q", exit, text)
	}
	return strings.TrimSpace(text)
}

func (s *sandbox) snapshot(folder string) *machinev1.SnapshotInfo {
	s.Helper()
	return s.request(&machinev1.SnapshotRequest{Folder: folder})
}

// from is a spec for another sandbox that goes on from the snapshot.
func from(t *testing.T, spec *machinev1.MachineSpec, folder string) *machinev1.MachineSpec {
	t.Helper()
	other := newSpec(t)
	other.Main, other.Snapshot = proto.CloneOf(spec.GetMain()), folder
	other.Guest.Hostname, other.Guest.MachineId = "fork", strings.Repeat("f0", 16)
	return other
}

func TestSnapshotRestoreAndFork(t *testing.T) {
	for name, boots := range map[string]bool{"of a clone": false, "of a booted guest": true} {
		t.Run(name, func(t *testing.T) {
			spec := counting(t)
			spec.NoTemplate = boots
			s := start(t, spec)
			s.await(machinev1.Phase_PHASE_RUNNING)
			s.output("head -c 3000000 /dev/urandom > /file; sha256sum /file > /sum; sync")
			first := s.add("40")
			// The guest is an hour ahead of what the host's clock says later.
			s.output(fmt.Sprintf("date -s @%d", time.Now().Add(time.Hour).Unix()))
			folder := filepath.Join(t.TempDir(), "snapshot")
			info := s.snapshot(folder)
			t.Logf("paused %v, held %v", time.Duration(info.GetPausedNs()), info.GetHeld())
			if !info.GetHeld() {
				t.Error("not held")
			}
			// The sandbox goes its own way.
			second := s.add("2")
			if !strings.HasPrefix(first, "40 ") || second != strings.Replace(first, "40", "42", 1) {
				t.Fatalf("%q, then %q", first, second)
			}
			before := digest(t, folder)
			var boots []string
			for _, number := range []string{"1", "5"} {
				fork := start(t, from(t, spec, folder))
				state := fork.await(machinev1.Phase_PHASE_RUNNING)
				if state.GetPhase() != machinev1.Phase_PHASE_RUNNING {
					fork.exited()
					t.Fatalf("%v", fork.result())
				}
				if text, _ := fork.output("sha256sum -c /sum; hostname; cat /etc/machine-id; tail -n 1 /etc/hosts"); text != "/file: OK\nfork\n"+strings.Repeat("f0", 16)+"\n127.0.1.1\tfork\n" {
					t.Errorf("the fork says %q", text)
				}
				// The time of the host, not that of the snapshot.
				now := time.Now().Unix()
				if text, _ := fork.output(fmt.Sprintf("n=$(date +%%s); [ $n -ge %d ] && [ $n -le %d ] && echo now", now-1, now+int64(hang.Seconds()))); text != "now\n" {
					t.Error("its clock is not the host's")
				}
				text, _ := fork.output("cat /proc/sys/kernel/random/boot_id; head -c 16 /dev/urandom | sha256sum")
				boots = append(boots, text)
				want := strings.Replace(first, "40", map[string]string{"1": "41", "5": "45"}[number], 1)
				if got := fork.add(number); got != want {
					t.Errorf("the fork says %q, want %q", got, want)
				}
				if state := fork.stop(time.Second); !state.GetClean() || state.GetFailure() != nil {
					t.Errorf("ended with %v", state)
				}
			}
			text, _ := s.output("cat /proc/sys/kernel/random/boot_id; head -c 16 /dev/urandom | sha256sum")
			differ(t, append(boots, text))
			if !bytes.Equal(before, digest(t, folder)) {
				t.Error("the snapshot has changed")
			}
			s.stop(time.Second)
			s.exited()
			// Back in place: memory, and the disk with it.
			spec.Snapshot, spec.NoTemplate = folder, false
			back := start(t, spec)
			back.await(machinev1.Phase_PHASE_RUNNING)
			if got := back.add("2"); got != second {
				t.Errorf("restored, it says %q, want %q", got, second)
			}
			back.stop(0)
		})
	}
}

func differ(t *testing.T, texts []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, text := range texts {
		for line := range strings.Lines(text) {
			if seen[line] {
				t.Errorf("twice: %q", line)
			}
			seen[line] = true
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	s := start(t, newSpec(t))
	s.await(machinev1.Phase_PHASE_RUNNING)
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	for range 2 { // both are idempotent
		if _, err := s.machine.Pause(ctx, &machinev1.PauseRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	state, _ := s.machine.GetState(ctx, &machinev1.GetStateRequest{})
	if !state.GetState().GetPaused() {
		t.Fatal("not paused")
	}
	used := s.processorTime()
	time.Sleep(time.Second)
	if more := s.processorTime() - used; more > 100*time.Millisecond {
		t.Errorf("a paused guest takes %v a second", more)
	}
	for range 2 {
		if _, err := s.machine.Resume(ctx, &machinev1.ResumeRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now()
	text, _ := s.output("date +%s")
	if seconds, err := time.ParseDuration(strings.TrimSpace(text) + "s"); err != nil || seconds < time.Duration(before.Unix()-1)*time.Second {
		t.Errorf("the guest's clock says %q at %v", text, before)
	}
	if _, err := s.machine.Pause(ctx, &machinev1.PauseRequest{}); err != nil {
		t.Fatal(err)
	}
	if state := s.stop(time.Second); !state.GetClean() || state.GetFailure() != nil {
		t.Errorf("stopped while paused: %v", state)
	}
}

func (s *sandbox) processorTime() time.Duration {
	s.Helper()
	metrics, err := s.machine.GetMetrics(context.Background(), &machinev1.GetMetricsRequest{})
	if err != nil {
		s.Fatal(err)
	}
	return time.Duration(metrics.GetVmmCpuNs())
}

func TestUnusableSnapshotsAreRefused(t *testing.T) {
	s := start(t, counting(t))
	s.await(machinev1.Phase_PHASE_RUNNING)
	whole := filepath.Join(t.TempDir(), "snapshot")
	s.snapshot(whole)
	if _, err := s.machine.Snapshot(context.Background(), &machinev1.SnapshotRequest{Folder: whole}); failure.Of(err, 0).GetCode() != failurev1.Code_CODE_SNAPSHOT {
		t.Errorf("a second one of the same name: %v", err)
	}
	spec := s.spec
	s.stop(0)
	for name, damage := range map[string]func(folder string, spec *machinev1.MachineSpec) error{
		"manifest": func(f string, _ *machinev1.MachineSpec) error { return flip(filepath.Join(f, "snapshot.json"), 60) },
		"state":    func(f string, _ *machinev1.MachineSpec) error { return flip(filepath.Join(f, "state"), 5_000) },
		"cut":      func(f string, _ *machinev1.MachineSpec) error { return os.Truncate(filepath.Join(f, "state"), 5_000) },
		"memory":   func(f string, _ *machinev1.MachineSpec) error { return flip(filepath.Join(f, "ram"), 30<<20) },
		"disk":     func(f string, _ *machinev1.MachineSpec) error { return flip(onlyLayer(t, f), 4096) },
		"none":     func(f string, _ *machinev1.MachineSpec) error { return os.RemoveAll(f) },
		"another machine": func(_ string, spec *machinev1.MachineSpec) error {
			spec.MemoryMib = 512
			return nil
		},
		"another kernel": func(_ string, spec *machinev1.MachineSpec) (err error) {
			spec.Kernel, err = alike(t, spec.GetKernel())
			return err
		},
		"another agent": func(_ string, spec *machinev1.MachineSpec) (err error) {
			spec.AgentDisk, err = alike(t, spec.GetAgentDisk())
			return err
		},
		"another QEMU": func(_ string, spec *machinev1.MachineSpec) error {
			program, err := qemu.Find("")
			if err != nil {
				return err
			}
			spec.Vmm = proto.CloneOf(spec.GetVmm())
			if spec.Vmm == nil {
				spec.Vmm = &machinev1.Vmm{}
			}
			if spec.Vmm.Program, err = alike(t, program); err != nil {
				return err
			}
			return os.Chmod(spec.Vmm.GetProgram(), 0o700)
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "snapshot")
			copyTree(t, folder, whole)
			other := from(t, spec, folder)
			if err := os.WriteFile(other.GetDisk(), []byte("as it was"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := damage(folder, other); err != nil {
				t.Fatal(err)
			}
			refused := start(t, other)
			refused.exited()
			want := failurev1.Code_CODE_SNAPSHOT
			if strings.HasPrefix(name, "another ") {
				want = failurev1.Code_CODE_SNAPSHOT_OTHER
			}
			if code := refused.result().GetFailure().GetCode(); code != want {
				t.Fatalf("%v", refused.result())
			}
			if kept, _ := os.ReadFile(other.GetDisk()); string(kept) != "as it was" {
				t.Error("the disk is gone")
			}
		})
	}
}

// alike is a copy of the file that is longer by one byte, as another version of it.
func alike(t *testing.T, path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	other := filepath.Join(t.TempDir(), filepath.Base(path))
	return other, os.WriteFile(other, append(data, 0), 0o600)
}

// digest is of everything in a snapshot.
func digest(t *testing.T, folder string) []byte {
	t.Helper()
	sum := sha256.New()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		eachBlock(t, filepath.Join(folder, entry.Name()), func(at int64, data []byte) {
			fmt.Fprintln(sum, entry.Name(), at)
			sum.Write(data)
		})
	}
	return sum.Sum(nil)
}

// onlyLayer is the disk in the snapshot of a sandbox that had none before.
func onlyLayer(t *testing.T, folder string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "layer-*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("layers %v, %v", found, err)
	}
	return found[0]
}

// copyTree copies a snapshot, times included, as a backup does.
func copyTree(t *testing.T, to, from string) {
	t.Helper()
	if output, err := exec.Command("cp", "-a", "--sparse=always", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

// eachBlock visits a file's data and none of its holes.
func eachBlock(t *testing.T, path string, visit func(at int64, data []byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for at := int64(0); ; {
		start, err := unix.Seek(int(file.Fd()), at, unix.SEEK_DATA)
		if err != nil {
			return
		}
		if at, err = unix.Seek(int(file.Fd()), start, unix.SEEK_HOLE); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, at-start)
		if _, err := file.ReadAt(data, start); err != nil {
			t.Fatal(err)
		}
		visit(start, data)
	}
}
