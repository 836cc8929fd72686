// Package stats is menv.agent.v1.StatsService: the guest's own counters.
package stats

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/meminfo"
	"sandboxfile/native/internal/guest/tree"
)

const maxProcesses = 256

// The kernel counts CPU time for user space in hundredths of a second on every architecture.
const tick = 10_000_000 // ns

// Service answers GetStats.
type Service struct {
	tree func() (*tree.Tree, error)
}

// NewService makes the service. files answers an error until the sandbox is configured.
func NewService(files func() (*tree.Tree, error)) *Service { return &Service{files} }

// GetStats reads every counter once.
func (s *Service) GetStats(ctx context.Context, request *agentv1.GetStatsRequest) (*agentv1.GetStatsResponse, error) {
	files, err := s.tree()
	if err != nil {
		return nil, err
	}
	memory, err := meminfo.Read()
	if err != nil {
		return nil, connect.NewError(connect.CodeInternal, err)
	}
	response := &agentv1.GetStatsResponse{
		MemoryTotalBytes:     memory.TotalBytes,
		MemoryAvailableBytes: memory.AvailableBytes,
		Networks:             networks(),
		AgentMemoryBytes:     ownMemory(),
	}
	response.UptimeNs = uptime()
	response.CpuBusyNs, response.CpuIdleNs = cpuTimes()
	response.Processes, response.ProcessCount = processes(int(min(request.GetMaxProcesses(), maxProcesses)))
	err = files.Use(ctx, func(context.Context) error {
		disk, err := files.Statfs()
		if err == nil {
			block := uint64(disk.Bsize)
			response.DiskTotalBytes = disk.Blocks * block
			response.DiskUsedBytes = (disk.Blocks - disk.Bfree) * block
		}
		return err
	})
	if err != nil && !errors.Is(err, tree.ErrClosed) {
		return nil, connect.NewError(connect.CodeInternal, err)
	}
	return response, nil
}

func uptime() uint64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return 0
	}
	return uint64(now.Nano())
}

// cpuTimes reads the first line of /proc/stat: user nice system idle iowait irq softirq steal.
func cpuTimes() (busy, idle uint64) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for at, field := range strings.Fields(strings.TrimPrefix(line, "cpu ")) {
		ticks, _ := strconv.ParseUint(field, 10, 64)
		switch at {
		case 3, 4:
			idle += ticks * tick
		case 0, 1, 2, 5, 6, 7:
			busy += ticks * tick
		}
	}
	return busy, idle
}

const maxNetworks = 64

func networks() []*agentv1.NetworkStats {
	text, err := os.ReadFile("/proc/net/dev")
	if err != nil {
		return nil
	}
	var found []*agentv1.NetworkStats
	for line := range strings.Lines(string(text)) {
		name, counters, ok := strings.Cut(line, ":")
		fields := strings.Fields(counters)
		if !ok || len(fields) < 9 || len(found) == maxNetworks {
			continue
		}
		received, _ := strconv.ParseUint(fields[0], 10, 64)
		sent, _ := strconv.ParseUint(fields[8], 10, 64)
		found = append(found, &agentv1.NetworkStats{Name: strings.TrimSpace(name), ReceivedBytes: received, SentBytes: sent})
	}
	return found
}

// ownMemory is the agent's resident memory without pages of files.
func ownMemory() uint64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			n, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return n << 10
		}
	}
	return 0
}
