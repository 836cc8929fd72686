// Package procstat reads what the host's kernel counts for a process.
package procstat

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
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
	path := fmt.Sprintf("/proc/%d/stat", pid)
	stat, err := os.ReadFile(path)
	if err != nil {
		return Usage{}, err
	}
	return usageIn(path, stat)
}

// ReadThread returns the usage of the first thread of pid that is called so. The memory is the whole process's.
func ReadThread(pid int, name string) (Usage, error) {
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil {
		return Usage{}, err
	}
	for _, path := range paths {
		// A thread may end between the list and its reading.
		if stat, err := os.ReadFile(path); err == nil && bytes.Contains(stat, []byte("("+name+") ")) {
			return usageIn(path, stat)
		}
	}
	return Usage{}, fmt.Errorf("process %d has no thread %q: %w", pid, name, os.ErrNotExist)
}

func usageIn(path string, stat []byte) (Usage, error) {
	// The command's name may hold spaces and parentheses; the fields follow its last parenthesis.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const utime, stime, rss = 11, 12, 21 // counted from the state
	if len(fields) <= rss {
		return Usage{}, fmt.Errorf("%s has %d fields", path, len(fields))
	}
	var values [3]uint64
	for i, field := range []int{utime, stime, rss} {
		var err error
		if values[i], err = strconv.ParseUint(string(fields[field]), 10, 64); err != nil {
			return Usage{}, err
		}
	}
	return Usage{
		CPUNanos:      (values[0] + values[1]) * (1e9 / ticksPerSecond),
		ResidentBytes: values[2] * uint64(os.Getpagesize()),
	}, nil
}
