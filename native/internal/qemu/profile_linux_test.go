package qemu

import (
	"os"
	"path/filepath"
	"testing"

	"sandboxfile/native/internal/jail/probe"
)

func TestMain(m *testing.M) {
	probe.Main()
	os.Exit(m.Run())
}

// Whoever takes QEMU over has no more than this.
func TestJailOfQEMU(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(disk, make([]byte, 512), 0o600); err != nil {
		t.Fatal(err)
	}
	inherited := &descriptors{}
	defer inherited.closeOwn()
	config := Config{Program: "/usr/bin/qemu-system-x86_64", CPUs: 1, MemoryMiB: 256, RootDisk: disk}
	arguments(config, inherited)
	if inherited.err != nil {
		t.Fatal(inherited.err)
	}
	probe.AllDenied(t, profile(config, inherited))
}
