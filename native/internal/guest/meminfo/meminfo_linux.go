// Package meminfo reads the guest's memory counters.
package meminfo

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

// Memory is of the whole guest.
type Memory struct {
	TotalBytes, AvailableBytes uint64
}

// Read reads /proc/meminfo.
func Read() (Memory, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return Memory{}, err
	}
	var m Memory
	for line := range strings.Lines(string(text)) {
		switch name, value, _ := strings.Cut(line, ":"); name {
		case "MemTotal":
			m.TotalBytes = kibibytes(value)
		case "MemAvailable":
			m.AvailableBytes = kibibytes(value)
			return m, nil
		}
	}
	return m, errors.New("/proc/meminfo lacks MemAvailable")
}

func kibibytes(value string) uint64 {
	n, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
	return n << 10
}
