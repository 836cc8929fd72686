package boot

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// timerSlack lets the kernel join the agent's timers with its own tick. The Go runtime watches a
// busy program by sleeping 20 µs at a time; each such sleep costs an emulated guest a programming of
// the timer, an interrupt and two switches, which is more than half of what an agent does.
const timerSlack = 10_000_000 // ns

// relaxTimers needs /proc. Threads made later inherit from those that are there. It comes first of
// all and uses no os.File, whose poller is not needed yet.
func relaxTimers() error {
	tasks, err := unix.Open("/proc/self/task", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(tasks) }()
	entries := make([]byte, 4<<10) // the runtime has started some five threads
	n, err := unix.ReadDirent(tasks, entries)
	if err != nil {
		return err
	}
	_, _, threads := unix.ParseDirent(entries[:n], -1, nil)
	for _, thread := range threads {
		// A thread may have ended meanwhile.
		if err := relax(thread); err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("relax the timers: %w", err)
		}
	}
	return nil
}

func relax(thread string) error {
	fd, err := unix.Open("/proc/"+thread+"/timerslack_ns", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	_, err = unix.Write(fd, []byte(strconv.Itoa(timerSlack)))
	return err
}
