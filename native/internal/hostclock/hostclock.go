// Package hostclock finds the rate of the host's time stamp counter. Under software emulation the
// guest's counter is the host's: a guest kernel that is told the rate needs not to calibrate it,
// which is most of a boot.
package hostclock

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// firstWindow is what the first start after a host's boot measures at least: with some 100 ns
	// of reading error it is off by 20 ppm at most.
	firstWindow = 5 * time.Millisecond
	// fineWindow is the later, better measurement, beside the guest's boot.
	fineWindow = 500 * time.Millisecond
	cacheName  = "host-clock"
	// Outside of these a cached number is not a counter's rate.
	minKHz, maxKHz = 100_000, 20_000_000
)

// Meter measures from its making on.
type Meter struct {
	cache string // file
	boot  string // the host's boot id; empty: no counter or no way to tell boots apart
	start sample
}

type sample struct {
	ticks uint64
	nanos int64
}

// NewMeter starts measuring. home keeps the rate until the host's next boot.
func NewMeter(home string) *Meter {
	return &Meter{cache: filepath.Join(home, cacheName), boot: bootID(), start: now()}
}

// KHz is the counter's rate, 0 when the host has none. It waits for the measurement's shortest
// window only when nothing is cached.
func (m *Meter) KHz(ctx context.Context) (uint64, error) {
	if m.start.ticks == 0 {
		return 0, nil
	}
	if khz, ok := m.cached(); ok {
		return khz, nil
	}
	return m.measure(ctx, firstWindow)
}

// Refine caches a better measurement unless there is one. It takes half a second, asleep.
func (m *Meter) Refine(ctx context.Context) error {
	if _, ok := m.cached(); ok || m.start.ticks == 0 || m.boot == "" {
		return nil
	}
	khz, err := m.measure(ctx, fineWindow)
	if err != nil {
		return err
	}
	// Not durable, as it serves this boot only, and so without a file that a killed writer could leave.
	return os.WriteFile(m.cache, fmt.Appendf(nil, "%s %d\n", m.boot, khz), 0o600)
}

func (m *Meter) measure(ctx context.Context, window time.Duration) (uint64, error) {
	end := now()
	if passed := time.Duration(end.nanos - m.start.nanos); passed < window {
		select {
		case <-time.After(window - passed):
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
		end = now()
	}
	return uint64(float64(end.ticks-m.start.ticks) * 1e6 / float64(end.nanos-m.start.nanos)), nil
}

func (m *Meter) cached() (uint64, bool) {
	data, err := os.ReadFile(m.cache)
	if err != nil || m.boot == "" {
		return 0, false
	}
	number, ours := strings.CutPrefix(string(data), m.boot+" ")
	number, whole := strings.CutSuffix(number, "\n") // not while it is being written
	khz, err := strconv.ParseUint(number, 10, 64)
	return khz, ours && whole && err == nil && khz >= minKHz && khz <= maxKHz
}

func bootID() string {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
