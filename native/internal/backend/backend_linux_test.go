package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/libkrun"
)

// hang is the deadline against hangs, generous for a busy machine.
const hang = 2 * time.Minute

// probing is set in a process that asks, with the home to ask for.
const probing = "BACKEND_TEST_HOME"

// TestMain is also the helper that hangs, which has no environment, and a process that asks.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == HelperName {
		_, _ = io.Copy(io.Discard, os.Stdin)
		select {}
	}
	if home := os.Getenv(probing); home != "" {
		verdict, err := hanging(home).Works(context.Background())
		fmt.Println(verdict.Err, err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// assets is the folder of the real library, helper and kernel.
func assets(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("MENV_ASSETS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "dist", map[string]string{"amd64": "linux-x64", "arm64": "linux-arm64"}[runtime.GOARCH])
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := libkrun.Find("", folder); err != nil {
		t.Skip(err)
	}
	return folder
}

func needDevice(t *testing.T) {
	t.Helper()
	if err := reach(); err != nil {
		t.Skipf("%s: %v", device, err)
	}
}

// hanging is a host on which guests never answer: its helper, beside the home, does nothing.
func hanging(home string) Hardware {
	folder := filepath.Join(filepath.Dir(home), "assets")
	return Hardware{
		Home: home, Folder: folder, Kernel: filepath.Join(folder, "kernel"), AgentDisk: filepath.Join(folder, "agent.img"),
	}
}

// newHanging makes it.
func newHanging(t *testing.T) Hardware {
	t.Helper()
	needDevice(t)
	real := assets(t)
	h := hanging(filepath.Join(t.TempDir(), "home"))
	if err := os.Mkdir(h.Folder, 0o755); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(real)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() == HelperName {
			continue
		}
		if err := os.Symlink(filepath.Join(real, entry.Name()), filepath.Join(h.Folder, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, h.Helper()); err != nil {
		t.Fatal(err)
	}
	return h
}

// helpers are the processes of the hardware's helper.
func (h Hardware) helpers(t *testing.T) (found []string) {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if words, err := os.ReadFile(line); err == nil && string(words) == h.Helper()+"\x00" {
			found = append(found, line)
		}
	}
	return found
}

// awaitHelpers waits, since no event tells of another's child.
func (h Hardware) awaitHelpers(t *testing.T, count int) {
	t.Helper()
	for deadline := time.Now().Add(hang); len(h.helpers(t)) != count; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("helpers: %v", h.helpers(t))
		}
	}
}

func wantCode(t *testing.T, err error, code failurev1.Code) *failure.Error {
	t.Helper()
	named, ok := errors.AsType[*failure.Error](err)
	if !ok || named.Code != code {
		t.Fatalf("verdict: %v", err)
	}
	return named
}

// A guest that never answers is ended, and that it did not answer is what is remembered.
func TestAProbeThatHangs(t *testing.T) {
	t.Parallel()
	h := newHanging(t)
	first, err := h.Works(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	named := wantCode(t, first.Err, failurev1.Code_CODE_HYPERVISOR)
	if !first.Fresh || !strings.Contains(named.Error(), errSilent.Error()) {
		t.Errorf("%+v", first)
	}
	if found := h.helpers(t); len(found) != 0 {
		t.Errorf("left running: %v", found)
	}
	h.leavesNothing(t)
	written := h.written(t)
	second, err := h.Works(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if second.Fresh || second.Err == nil || second.Err.Error() != first.Err.Error() || second.Library == nil {
		t.Errorf("%+v, not %+v", second, first)
	}
	if !os.SameFile(written, h.written(t)) {
		t.Error("another guest was booted")
	}
	again, err := h.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !again.Fresh || os.SameFile(written, h.written(t)) {
		t.Errorf("nothing was tried: %+v", again)
	}
}

// Whoever asks is killed: the guest goes with it, and the next who asks finds the same, and leaves nothing.
func TestWhoProbesIsKilled(t *testing.T) {
	t.Parallel()
	h := newHanging(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	asker := exec.Command(self)
	asker.Env = append(os.Environ(), probing+"="+h.Home)
	if err := asker.Start(); err != nil {
		t.Fatal(err)
	}
	h.awaitHelpers(t, 1)
	if err := asker.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = asker.Wait()
	h.awaitHelpers(t, 0)
	verdict, err := h.Works(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, verdict.Err, failurev1.Code_CODE_HYPERVISOR)
	h.leavesNothing(t)
}

// Nobody waits for a probe that is cancelled, and nothing is remembered of it.
func TestAProbeThatIsCancelled(t *testing.T) {
	t.Parallel()
	h := newHanging(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	go func() {
		_, err := h.Works(ctx)
		answer <- err
	}()
	h.awaitHelpers(t, 1)
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if found := h.helpers(t); len(found) != 0 {
		t.Errorf("left running: %v", found)
	}
	if _, err := os.Stat(filepath.Join(h.own(), memoryName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("remembered: %v", err)
	}
	h.leavesNothing(t)
}

// What can be said without a guest is remembered, too, until there is something to boot with.
func TestWithoutALibrary(t *testing.T) {
	t.Parallel()
	h := newHanging(t)
	h.Library = filepath.Join(t.TempDir(), "libkrun.so.1")
	for _, fresh := range []bool{true, false} {
		verdict, err := h.Works(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, verdict.Err, failurev1.Code_CODE_LIBKRUN_MISSING)
		if verdict.Fresh != fresh {
			t.Errorf("%+v", verdict)
		}
	}
	real, err := libkrun.Find("", h.Folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real.Path, h.Library); err != nil {
		t.Fatal(err)
	}
	verdict, err := h.Works(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, verdict.Err, failurev1.Code_CODE_HYPERVISOR)
}

// A verdict is of one kernel, processor and library, and of what this user may do.
func TestWhatAVerdictDependsOn(t *testing.T) {
	h := Hardware{Home: t.TempDir()}
	file := filepath.Join(t.TempDir(), "libkrun.so.1.17.4")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	on := host{kernel: "6.12.1", processor: "one"}
	library := &libkrun.Library{Path: file, Version: "1.17.4"}
	verdict := failure.New(failurev1.Code_CODE_HYPERVISOR, device, errSilent)
	if err := os.Mkdir(h.own(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := h.remember(h.key(on, library, nil, nil), verdict); err != nil {
		t.Fatal(err)
	}
	known, ok := h.remembered(h.key(on, library, nil, nil))
	if !ok || wantCode(t, known, failurev1.Code_CODE_HYPERVISOR).Error() != verdict.Error() {
		t.Errorf("%v, %t", known, ok)
	}
	for name, key := range map[string]string{
		"kernel":     h.key(host{"6.12.2", on.processor}, library, nil, nil),
		"processor":  h.key(host{on.kernel, "two"}, library, nil, nil),
		"version":    h.key(on, &libkrun.Library{Path: file, Version: "1.17.5"}, nil, nil),
		"no library": h.key(on, nil, errors.New("missing"), nil),
		"permission": h.key(on, library, nil, os.ErrPermission),
	} {
		if known, ok := h.remembered(key); ok {
			t.Errorf("another %s: %v", name, known)
		}
	}
	if err := os.WriteFile(file, []byte("replaced"), 0o600); err != nil {
		t.Fatal(err)
	}
	if known, ok := h.remembered(h.key(on, library, nil, nil)); ok {
		t.Errorf("another file of that name: %v", known)
	}
}

func (h Hardware) written(t *testing.T) os.FileInfo {
	t.Helper()
	info, err := os.Stat(filepath.Join(h.own(), memoryName))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func (h Hardware) leavesNothing(t *testing.T) {
	t.Helper()
	if found, err := durable.Leftovers(h.own()); err != nil || len(found) != 0 {
		t.Errorf("left behind: %v, %v", found, err)
	}
}
