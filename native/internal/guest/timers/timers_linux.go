// Package timers looks at what the kernel wakes its processors by.
package timers

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const list = "/proc/timer_list"

// Hz is how often a second the processors' own timers, their local APICs', count in the eyes of the kernel, which measured
// it as it booted; 0: not all processors have themselves woken by them.
func Hz() (uint64, error) {
	text, err := os.ReadFile(list)
	if err != nil {
		return 0, err
	}
	hz, err := common(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", list, err)
	}
	return hz, nil
}

const (
	ownTimer = "lapic"
	// oneShot is the mode of a timer that is set for each event; one that was found faulty is shut down.
	oneShot = 3
)

// common is the rate that all processors have.
func common(text []byte) (uint64, error) {
	_, text, _ = bytes.Cut(text, []byte("Per CPU device: "))
	var hz uint64
	for at, device := range strings.Split(string(text), "Per CPU device: ") {
		rate, err := rateOf(device)
		if err != nil {
			return 0, err
		}
		if at > 0 && rate != hz {
			return 0, nil
		}
		hz = rate
	}
	return hz, nil
}

// rateOf is that of one processor. The kernel multiplies nanoseconds by mult / 2^shift.
func rateOf(device string) (uint64, error) {
	if name, _ := value(device, "Clock Event Device"); name != ownTimer {
		return 0, nil
	}
	var numbers [3]uint64
	for at, name := range []string{"mode", "mult", "shift"} {
		text, found := value(device, name)
		if !found {
			return 0, fmt.Errorf("no %s", name)
		}
		var err error
		if numbers[at], err = strconv.ParseUint(text, 10, 32); err != nil {
			return 0, err
		}
	}
	if mode, mult, shift := numbers[0], numbers[1], numbers[2]; mode == oneShot {
		return mult * 1_000_000_000 >> shift, nil
	}
	return 0, nil
}

func value(device, name string) (string, bool) {
	for line := range strings.Lines(device) {
		if key, rest, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}
