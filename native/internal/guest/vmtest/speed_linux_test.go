package vmtest

import (
	"context"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
)

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestSpeed prints figures; it asserts nothing, since the machine may be busy. CPU is the virtual
// machine's own, which says more than the clock then.
func TestSpeed(t *testing.T) {
	m := boot(t, newDisk(t), assets(t)+"/root.img")
	m.configure(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*deadline)
	defer cancel()
	measure := func(name string, bytes float64, times int, work func()) {
		wall, cpu := time.Now(), m.cpu(t)
		for range times {
			work()
		}
		used := m.cpu(t) - cpu
		if bytes > 0 {
			t.Logf("%s: %.0f MB/s, %.0f MB per CPU second", name, bytes/1e6/time.Since(wall).Seconds(), bytes/1e6/used.Seconds())
			return
		}
		t.Logf("%s: %v each, %v CPU", name, time.Since(wall)/time.Duration(times), used/time.Duration(times))
	}
	const size = 64 << 20
	measure("first sh -c true", 0, 1, func() { m.must(ctx, t, shell("true")) })
	measure("warm up", 0, 30, func() { m.must(ctx, t, shell("true")) })
	measure("sh -c true", 0, 100, func() { m.must(ctx, t, shell("true")) })
	out := shell("exec dd if=/dev/zero bs=256k count=" + strconv.Itoa(size>>18) + " 2>/dev/null")
	measure("stdout", size, 1, func() { _, _ = m.run(ctx, out, nil, io.Discard) })
	measure("stdout", size, 1, func() { _, _ = m.run(ctx, out, nil, io.Discard) })
	in := shell("exec dd of=/dev/null bs=256k 2>/dev/null")
	in.Stdin = agentv1.Stdin_STDIN_STREAM
	measure("stdin", size, 1, func() { _, _ = m.run(ctx, in, io.LimitReader(zeros{}, size), io.Discard) })
	measure("stdin", size, 1, func() { _, _ = m.run(ctx, in, io.LimitReader(zeros{}, size), io.Discard) })
	stats, err := m.stats.GetStats(ctx, &agentv1.GetStatsRequest{})
	t.Logf("agent memory %d KiB, %v", stats.GetAgentMemoryBytes()>>10, err)
}

// cpu is the CPU time of the virtual machine's process.
func (m *vm) cpu(t *testing.T) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(m.process.Process.Pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
