package stats

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
)

// What one call looks at in /proc, and for how long: a fork bomb has both the number and the
// processor to keep the agent busy for seconds.
const (
	maxScanned = 4096
	maxScan    = 500 * time.Millisecond
)

// processes lists the sandbox's processes, busiest first, and counts them. Those of the agent and
// the kernel are in no inner namespace and are left out.
func processes(limit int) ([]*agentv1.ProcessStats, uint32) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil, 0
	}
	defer func() { _ = proc.Close() }()
	names, _ := proc.Readdirnames(maxScanned)
	var found []*agentv1.ProcessStats
	count := uint32(0)
	end := time.Now().Add(maxScan)
	for _, name := range names {
		if time.Now().After(end) {
			break
		}
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		process, inside := read(name)
		if !inside {
			continue
		}
		count++
		found = append(found, process)
	}
	slices.SortFunc(found, func(a, b *agentv1.ProcessStats) int {
		switch {
		case a.GetCpuNs() > b.GetCpuNs():
			return -1
		case a.GetCpuNs() < b.GetCpuNs():
			return 1
		}
		return int(a.GetPid()) - int(b.GetPid())
	})
	return found[:min(limit, len(found))], count
}

// read reads one process; inside is false when it is not the sandbox's or has ended.
func read(outer string) (process *agentv1.ProcessStats, inside bool) {
	status, err := os.ReadFile("/proc/" + outer + "/status")
	if err != nil {
		return nil, false
	}
	process = &agentv1.ProcessStats{}
	parent := ""
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name {
		case "Name":
			process.Command = strings.ToValidUTF8(value, "?")
		case "State":
			process.State = value[:min(1, len(value))]
		case "PPid":
			parent = value
		case "NSpid":
			pids := strings.Fields(value)
			if len(pids) < 2 {
				return nil, false
			}
			process.Pid = number(pids[1])
		case "VmRSS":
			process.MemoryBytes = uint64(number(strings.TrimSuffix(value, " kB"))) << 10
		}
	}
	process.Parent = innerPID(parent)
	process.CpuNs = cpuTime(outer)
	if line := commandLine(outer); line != "" {
		process.Command = line
	}
	return process, true
}

// innerPID is the pid in the sandbox; 0 for the agent, as the kernel shows it to programs.
func innerPID(outer string) uint32 {
	status, err := os.ReadFile("/proc/" + outer + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if list, ok := strings.CutPrefix(line, "NSpid:"); ok {
			if pids := strings.Fields(list); len(pids) >= 2 {
				return number(pids[1])
			}
		}
	}
	return 0
}

// cpuTime adds user and system time, fields 14 and 15 of stat. The name before them may hold
// anything, so they are counted from its closing parenthesis.
func cpuTime(outer string) uint64 {
	text, err := os.ReadFile("/proc/" + outer + "/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseUint(fields[11], 10, 64)
	system, _ := strconv.ParseUint(fields[12], 10, 64)
	return (user + system) * tick
}

const maxCommand = 256

func commandLine(outer string) string {
	file, err := os.Open("/proc/" + outer + "/cmdline")
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	text := make([]byte, maxCommand)
	n, _ := file.Read(text)
	return strings.ToValidUTF8(strings.TrimRight(strings.ReplaceAll(string(text[:n]), "\x00", " "), " "), "?")
}

func number(text string) uint32 {
	n, _ := strconv.ParseUint(text, 10, 32)
	return uint32(n)
}
