package doctor

import (
	"fmt"
	"os"
	"strings"
)

// memory is what programs could have now without anything being swapped out.
func memory() Memory {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return Memory{}
	}
	var found Memory
	for line := range strings.Lines(string(text)) {
		var kib uint64
		if n, _ := fmt.Sscanf(line, "MemTotal: %d kB", &kib); n == 1 {
			found.Total = kib << 10
		}
		if n, _ := fmt.Sscanf(line, "MemAvailable: %d kB", &kib); n == 1 {
			found.Available = kib << 10
		}
	}
	return found
}
