package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
)

// What programs can tell two machines apart by, one line each; none of it may be the same in two
// clones of one template.
const identity = `cat /proc/sys/kernel/random/boot_id
cat /proc/sys/kernel/random/uuid
head -c 32 /dev/urandom | sha256sum
head -c 32 /dev/random | sha256sum
mktemp -u /tmp/XXXXXXXXXXXX
cat /etc/machine-id
hostname
grep stack /proc/self/maps
`

func TestClonesDiffer(t *testing.T) {
	first, second := newSpec(t), newSpec(t)
	second.Guest.Hostname, second.Guest.MachineId = "other", strings.Repeat("ab", 16)
	var seen [2][]string
	for i, spec := range []*machinev1.MachineSpec{first, second} {
		s := start(t, spec)
		if !s.await(machinev1.Phase_PHASE_RUNNING).GetCloned() {
			t.Fatal("not cloned")
		}
		before := time.Now()
		text, _ := s.output("adjtimex | awk '/tv_sec/ { s = $2 } /tv_usec/ { print s + $2 / 1e6 }' OFMT=%.6f")
		if seconds, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil || !near(seconds, before, time.Now()) {
			t.Errorf("the guest's clock says %q between %v and %v", text, before, time.Now())
		}
		text, exit := s.output(identity)
		if exit.GetCode() != 0 {
			t.Fatalf("%v: %s", exit, text)
		}
		seen[i] = strings.Split(strings.TrimSpace(text), "\n")
		s.stop(0)
	}
	asked := strings.Split(strings.TrimSpace(identity), "\n")
	if len(seen[0]) != len(asked) || len(seen[1]) != len(asked) {
		t.Fatalf("%q", seen)
	}
	for i, one := range seen[0] {
		if one == seen[1][i] {
			t.Errorf("%s: %q in both", asked[i], one)
		}
	}
}

// near allows what the issue of a program may take on a busy host, and half a second of error.
func near(seconds float64, from, to time.Time) bool {
	const error = 0.5
	at := func(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }
	return seconds > at(from)-error && seconds < at(to)+error
}

func TestBrokenTemplatesAreReplaced(t *testing.T) {
	template := func(name string) func(string) string {
		return func(folder string) string { return filepath.Join(folder, name) }
	}
	state, ram, manifest := template("state"), template("ram"), template("template.json")
	breakages := map[string]func(folder string) error{
		"state flipped":      func(f string) error { return flip(state(f), 31_000) },
		"state cut":          func(f string) error { return os.Truncate(state(f), 40_000) },
		"state empty":        func(f string) error { return os.Truncate(state(f), 0) },
		"state missing":      func(f string) error { return os.Remove(state(f)) },
		"memory changed":     func(f string) error { return flip(ram(f), 20<<20) },
		"memory cut":         func(f string) error { return os.Truncate(ram(f), 100<<20) },
		"memory missing":     func(f string) error { return os.Remove(ram(f)) },
		"memory secretly":    func(f string) error { return wipe(ram(f)) },
		"manifest flipped":   func(f string) error { return flip(manifest(f), 100) },
		"manifest not JSON":  func(f string) error { return os.WriteFile(manifest(f), []byte("{"), 0o600) },
		"manifest missing":   func(f string) error { return os.Remove(manifest(f)) },
		"manifest of others": func(f string) error { return os.WriteFile(manifest(f), []byte("{}"), 0o600) },
	}
	home := t.TempDir()
	for name, damage := range breakages {
		t.Run(name, func(t *testing.T) {
			spec := newSpec(t)
			if err := runMaker(home, guestSpec(assetFolder())); err != nil {
				t.Fatal(err)
			}
			if err := damage(onlyTemplate(t, home)); err != nil {
				t.Fatal(err)
			}
			s := startIn(t, home, spec)
			booted := s.await(machinev1.Phase_PHASE_RUNNING)
			if booted.GetCloned() || booted.GetTemplateFailure().GetCode() != failurev1.Code_CODE_TEMPLATE {
				t.Fatalf("%v", booted)
			}
			if text, _ := s.output("echo works"); text != "works\n" {
				t.Fatalf("%q", text)
			}
			s.stop(0)
			s.exited()
			awaitMaker(t, home)
			again := startIn(t, home, newSpec(t))
			if state := again.await(machinev1.Phase_PHASE_RUNNING); !state.GetCloned() || state.GetTemplateFailure() != nil {
				t.Fatalf("%v", state)
			}
			again.stop(0)
		})
	}
}

// Killed at any moment, a maker leaves nothing that the next one stumbles over.
func TestKilledMaker(t *testing.T) {
	spec := newSpec(t)
	home := t.TempDir()
	for _, delay := range []time.Duration{50, 600, 1200, 1800, 2400, 3000} {
		maker := makerIn(home, guestSpec(assetFolder()))
		if err := maker.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(delay * time.Millisecond)
		maker.Process.Kill()
		maker.Wait()
		if delay == 1200 {
			s := startIn(t, home, newSpec(t))
			s.await(machinev1.Phase_PHASE_RUNNING)
			s.stop(0)
			s.exited()
			awaitMaker(t, home)
			os.RemoveAll(onlyTemplate(t, home))
		}
	}
	if err := runMaker(home, guestSpec(assetFolder())); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(home, "templates"))
	if err != nil || len(entries) != 2 {
		t.Fatalf("left over: %v, %v", entries, err)
	}
	s := startIn(t, home, spec)
	if !s.await(machinev1.Phase_PHASE_RUNNING).GetCloned() {
		t.Fatal("not cloned")
	}
	s.stop(0)
}

// A template that is removed while sandboxes live from it is not missed.
func TestTemplateRemovedUnderItsClones(t *testing.T) {
	home := t.TempDir()
	spec := newSpec(t)
	if err := runMaker(home, guestSpec(assetFolder())); err != nil {
		t.Fatal(err)
	}
	s := startIn(t, home, spec)
	if state := s.await(machinev1.Phase_PHASE_RUNNING); !state.GetCloned() {
		t.Fatalf("%v", state)
	}
	// Renamed first: the start may still be pruning.
	gone := filepath.Join(home, "gone")
	if err := errors.Join(os.Rename(filepath.Join(home, "templates"), gone), os.RemoveAll(gone)); err != nil {
		t.Fatal(err)
	}
	if text, exit := s.output("dd if=/dev/zero of=/dev/shm/fill bs=1M count=100 2>/dev/null; sha256sum /bin/busybox | wc -c"); text != "79\n" {
		t.Fatalf("%q, %v", text, exit)
	}
	s.stop(0)
}

// awaitMaker waits for the maker that a start has left behind.
func awaitMaker(t *testing.T, home string) {
	t.Helper()
	for end := time.Now().Add(hang); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		found, _ := filepath.Glob(filepath.Join(home, "templates", "*", "template.json"))
		making, _ := filepath.Glob(filepath.Join(home, "templates", "*.lock"))
		if len(found) == 1 && len(making) == 0 {
			return
		}
	}
	t.Fatal("no template was made")
}

func onlyTemplate(t *testing.T, home string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(home, "templates", "*", "template.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("templates: %v, %v", found, err)
	}
	return filepath.Dir(found[0])
}

// flip changes one byte.
func flip(path string, at int64) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	var data [1]byte
	if _, err := file.ReadAt(data[:], at); err != nil {
		return fmt.Errorf("%s at %d: %w", path, at, err)
	}
	data[0] ^= 0x15
	_, err = file.WriteAt(data[:], at)
	return err
}

// wipe takes the memory's content away, as a bad disk might: size and time stay.
func wipe(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := os.Truncate(path, 0); err != nil {
		return err
	}
	if err := os.Truncate(path, info.Size()); err != nil {
		return err
	}
	return os.Chtimes(path, info.ModTime(), info.ModTime())
}
