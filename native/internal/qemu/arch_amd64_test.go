package qemu

import (
	"slices"
	"testing"
)

// Rates that kernels have measured, on quiet hosts and on busy ones.
func TestOnlyTimersThatAreNotLateAreTrue(t *testing.T) {
	for hz, expected := range map[uint64]bool{
		62_500_000: true, 62_500_750: true, 62_503_750: true, 62_345_250: true, 61_954_000: true,
		62_698_000: false, 63_298_250: false, 71_678_500: false,
		59_382_250: false, 0: false,
	} {
		if TrueTimers(hz) != expected {
			t.Errorf("%d: %v", hz, !expected)
		}
	}
}

func TestOnlyWhoMeasuresHasTimersOfItsOwn(t *testing.T) {
	for _, local := range []bool{false, true} {
		line := archKernelLine(Config{LocalTimers: local})
		if slices.Contains(line, "nolapic_timer") == local {
			t.Errorf("%v: %q", local, line)
		}
	}
	if slices.Equal(Shape(Config{LocalTimers: true}), Shape(Config{})) {
		t.Error("both have the same shape")
	}
}
