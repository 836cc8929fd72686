package hostclock

import "golang.org/x/sys/unix"

// counter reads the time stamp counter after all earlier instructions.
func counter() uint64

// now takes the reading that was least disturbed of a few: the clock between two close readings of
// the counter. The raw clock is not slewed.
func now() sample {
	var best sample
	narrowest := ^uint64(0)
	for range 5 {
		var clock unix.Timespec
		before := counter()
		if unix.ClockGettime(unix.CLOCK_MONOTONIC_RAW, &clock) != nil {
			return sample{}
		}
		after := counter()
		if width := after - before; width < narrowest {
			narrowest = width
			best = sample{ticks: before + width/2, nanos: clock.Nano()}
		}
	}
	return best
}
