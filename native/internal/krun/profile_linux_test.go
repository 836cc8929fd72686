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

// Whoever takes the helper over has no more than this, besides what the profile is for.
func TestJailOfTheHelper(t *testing.T) {
	for _, result := range probe.Escape(t, profile(Config{MemoryMiB: 256})) {
		switch result.Action {
		case "read /dev/kvm", "become root":
			// The first is its work; the second means little without capabilities.
			continue
		}
		if !result.Denied() {
			t.Errorf("%s: errno %d (%v)", result.Action, result.Errno, result.Errno)
		}
	}
}
