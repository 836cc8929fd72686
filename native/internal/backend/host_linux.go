package backend

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// hostKernel is its release.
func hostKernel() string {
	var names unix.Utsname
	if unix.Uname(&names) != nil {
		return ""
	}
	return unix.ByteSliceToString(names.Release[:])
}

// processor is its model, and whether it says that it can run guests.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "model name", "stepping", "microcode", "CPU implementer", "CPU part", "CPU revision":
			found = append(found, strings.TrimSpace(value))
		case "":
			return strings.Join(found, " ") // the first processor is described
		}
	}
	return strings.Join(found, " ")
}
