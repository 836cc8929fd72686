package boot

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// timerSlack lets the kernel join the agent's timers with its own tick. The Go runtime watches a
// busy program by sleeping 20 µs at a time; each such sleep costs an emulated guest a programming of
// the timer, an interrupt and two switches, which is more than half of what an agent does.
const timerSlack = 10_000_000 // ns

// relaxTimers needs /proc. Threads made later inherit from those that are there.
func relaxTimers() error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	slack := []byte(strconv.Itoa(timerSlack))
	for _, thread := range threads {
		err := os.WriteFile("/proc/"+thread.Name()+"/timerslack_ns", slack, 0)
		// A thread may have ended meanwhile.
		if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("relax the timers: %w", err)
		}
	}
	return nil
}
