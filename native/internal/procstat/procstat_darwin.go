// Package procstat reads what the host's kernel counts for a process.
package procstat

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Usage is one process's consumption.
type Usage struct {
	CPUNanos      uint64
	ResidentBytes uint64
}

// Read returns the usage of pid. Without cgo the kernel's proc_pidinfo is out of reach; ps has it.
func Read(pid int) (Usage, error) {
	out, err := exec.Command("/bin/ps", "-o", "rss=,time=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return Usage{}, err
	}
	fields := strings.Fields(string(out))
	if len(fields) != 2 {
		return Usage{}, errors.New("unexpected answer of ps")
	}
	kib, err := strconv.ParseUint(fields[0], 10, 64)
	if err != nil {
		return Usage{}, err
	}
	cpu, err := parseTime(fields[1])
	return Usage{CPUNanos: uint64(cpu), ResidentBytes: kib << 10}, err
}

// parseTime reads [[hours:]minutes:]seconds.hundredths.
func parseTime(text string) (time.Duration, error) {
	var total float64
	for part := range strings.SplitSeq(text, ":") {
		value, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0, err
		}
		total = total*60 + value
	}
	return time.Duration(total * float64(time.Second)), nil
}
