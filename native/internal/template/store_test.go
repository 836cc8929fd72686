package template

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/qemu"
)

func guestIn(t *testing.T) qemu.Config {
	t.Helper()
	folder := t.TempDir()
	config := qemu.Config{CPUs: 1, MemoryMiB: 256}
	for name, path := range map[string]*string{"vmm": &config.Program, "kernel": &config.Kernel, "agent": &config.AgentDisk} {
		*path = filepath.Join(folder, name)
		if err := os.WriteFile(*path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config
}

func TestEverythingThatMattersChangesTheKey(t *testing.T) {
	base := guestIn(t)
	key := func(config qemu.Config, disk int64) string {
		t.Helper()
		key, err := Key(config, disk)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	const size = 64 << 30
	first := key(base, size)
	unrelated := base
	unrelated.RootDisk, unrelated.Disk, unrelated.ClockKHz = "/another/image", disk.Single("/another/disk"), 1
	if key(unrelated, size) != first {
		t.Error("the key depends on the sandbox or on the clock")
	}
	seen := map[string]string{first: "nothing"}
	for name, change := range map[string]func(*qemu.Config) int64{
		"cpus":   func(c *qemu.Config) int64 { c.CPUs = 2; return size },
		"memory": func(c *qemu.Config) int64 { c.MemoryMiB = 512; return size },
		"disk":   func(*qemu.Config) int64 { return 2 * size },
		"kernel": func(c *qemu.Config) int64 { rewrite(t, c.Kernel); return size },
		"agent":  func(c *qemu.Config) int64 { rewrite(t, c.AgentDisk); return size },
		"VMM":    func(c *qemu.Config) int64 { rewrite(t, c.Program); return size },
	} {
		config := base
		size := change(&config)
		now := key(config, size)
		if other, taken := seen[now]; taken {
			t.Errorf("%s: the same key as with %s changed", name, other)
		}
		seen[now] = name
	}
	base.Kernel += ".missing"
	if _, err := Key(base, size); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing kernel: %v", err)
	}
}

// rewrite publishes a file of the same size anew, as an upgrade does.
func rewrite(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", make([]byte, info.Size()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// stored makes what looks like a template used so long ago.
func stored(t *testing.T, s Store, key string, ago time.Duration) {
	t.Helper()
	folder := filepath.Join(s.folder, key)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, manifestName)
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-ago)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func kept(t *testing.T, s Store) []string {
	t.Helper()
	found, err := s.byUse()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, template := range found {
		keys = append(keys, template.key)
	}
	return keys
}

func TestPruneKeepsWhatIsUsed(t *testing.T) {
	s := In(t.TempDir())
	if err := s.Prune(); err != nil {
		t.Fatalf("without a store: %v", err)
	}
	for i := range maxTemplates + 2 {
		stored(t, s, fmt.Sprintf("k%d", i), time.Duration(i)*time.Hour)
	}
	stored(t, s, "ancient", unused+time.Hour)
	// The oldest of all is used again.
	s.Used(fmt.Sprintf("k%d", maxTemplates+1))
	if err := os.MkdirAll(filepath.Join(s.folder, ".tmp-killed", "k9"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Prune(); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint([]string{"k7", "k0", "k1", "k2", "k3", "k4"})
	if got := fmt.Sprint(kept(t, s)); got != want {
		t.Errorf("kept %v, want %v", got, want)
	}
	if _, err := os.Stat(filepath.Join(s.folder, ".tmp-killed")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a killed maker's folder: %v", err)
	}
}

func TestTemplatesThatKeepFailingAreNotMade(t *testing.T) {
	s := In(t.TempDir())
	for range maxFailures {
		stored(t, s, "key", 0)
		if !s.Promising("key") {
			t.Fatal("given up too early")
		}
		if err := s.Discard("key"); err != nil {
			t.Fatal(err)
		}
	}
	if s.Promising("key") || !s.Promising("other") || len(kept(t, s)) != 0 {
		t.Fatal("not given up, or the wrong one")
	}
	past := time.Now().Add(-failurePause - time.Minute)
	if err := os.Chtimes(s.failures("key"), past, past); err != nil {
		t.Fatal(err)
	}
	if !s.Promising("key") {
		t.Error("given up for good")
	}
	s.Used("key")
	if s.failed("key") != 0 {
		t.Error("failures count on after a success")
	}
}

func TestOneMakerAKey(t *testing.T) {
	s := In(t.TempDir())
	if err := os.Mkdir(s.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	first, err := s.take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.take(t.Context(), "a"); !errors.Is(err, errMaking) {
		t.Fatalf("a second maker: %v", err)
	}
	other := make(chan error, 1)
	go func() {
		second, err := s.take(t.Context(), "b")
		if err == nil {
			second.release()
		}
		other <- err
	}()
	select {
	case err := <-other:
		t.Fatalf("two makers at once: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	// What is under way stays while somebody works on it.
	if err := os.Mkdir(filepath.Join(s.folder, ".tmp-live"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.sweepIfIdle(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.folder, ".tmp-live")); err != nil {
		t.Fatal(err)
	}
	first.release()
	if err := <-other; err != nil {
		t.Fatal(err)
	}
}

func TestTheClockMayDifferALittle(t *testing.T) {
	for _, c := range []struct {
		a, b uint64
		near bool
	}{
		{2_500_000, 2_500_000, true}, {2_500_000, 2_500_100, true}, {2_500_100, 2_500_000, true},
		{2_500_000, 2_503_000, false}, {0, 0, true}, {0, 2_500_000, false}, {2_500_000, 0, false},
	} {
		if near := differ(c.a, c.b) <= clockTolerance; near != c.near {
			t.Errorf("%d and %d kHz: near %v", c.a, c.b, near)
		}
	}
}
