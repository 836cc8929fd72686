package krun

import (
	"os"
	"testing"

	"sandboxfile/native/internal/jail/probe"
)

func TestMain(m *testing.M) {
	probe.Main()
	os.Exit(m.Run())
}

// Whoever takes the helper over has no more than this: its work is at /dev/kvm, and being root means little
// without capabilities.
func TestJailOfTheHelper(t *testing.T) {
	probe.AllDenied(t, profile(Config{MemoryMiB: 256}), "read /dev/kvm", "become root")
}
