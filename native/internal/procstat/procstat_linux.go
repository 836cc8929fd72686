// Package procstat reads what the host's kernel counts for a process.
package procstat

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// ticksPerSecond is USER_HZ, the unit of /proc/<pid>/stat, fixed on every architecture we run on.
const ticksPerSecond = 100

// Usage is one process's consumption.
type Usage struct {
	CPUNanos      uint64
	ResidentBytes uint64
}

// Read returns the usage of pid.
func Read(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, err
	}
	// The command's name may hold spaces and parentheses; the fields follow its last parenthesis.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const utime, stime, rss = 11, 12, 21 // counted from the state
	if len(fields) <= rss {
		return Usage{}, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	var values [3]uint64
	for i, field := range []int{utime, stime, rss} {
		if values[i], err = strconv.ParseUint(string(fields[field]), 10, 64); err != nil {
			return Usage{}, err
		}
	}
	return Usage{
		CPUNanos:      (values[0] + values[1]) * (1e9 / ticksPerSecond),
		ResidentBytes: values[2] * uint64(os.Getpagesize()),
	}, nil
}
