package vmtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
)

// TestAgent boots once: the parts build on each other, as a sandbox's life does.
func TestAgent(t *testing.T) {
	disk := newDisk(t)
	m := boot(t, disk, assets(t)+"/root.img")
	m.configure(t)
	ctx, cancel := context.WithTimeout(context.Background(), 4*deadline)
	defer cancel()

	t.Run("streams and status", func(t *testing.T) {
		r := m.must(ctx, t, shell("echo out; echo err >&2; exit 7"))
		if r.stdout != "out\n" || r.stderr != "err\n" || r.exit.GetCode() != 7 {
			t.Fatalf("%q %q %v", r.stdout, r.stderr, r.exit)
		}
		r = m.must(ctx, t, shell("kill -9 $$"))
		if r.exit.GetCode() != 137 || r.exit.GetSignal() != 9 || r.exit.GetOutOfMemory() {
			t.Fatalf("%v", r.exit)
		}
		r = m.must(ctx, t, &agentv1.ProcessSpec{Program: "/.sandbox/scripts/start", Args: []string{"a", "b c"}})
		if r.stdout != "started a b c\n" {
			t.Fatalf("%q", r.stdout)
		}
	})
	t.Run("environment", func(t *testing.T) {
		spec := shell("pwd; id -u; id -G; echo $HOME $FOO; cat /proc/self/oom_score_adj; hostname; cat /etc/machine-id")
		spec.User, spec.Cwd, spec.Env = "user", "/tmp", []string{"FOO=bar"}
		r := m.must(ctx, t, spec)
		want := "/tmp\n1000\n1000 10\n/home/user bar\n0\nbox\n" + strings.Repeat("0123456789abcdef", 2) + "\n"
		if r.stdout != want {
			t.Fatalf("%q\nwant %q", r.stdout, want)
		}
	})
	t.Run("the agent is out of sight", func(t *testing.T) {
		r := m.must(ctx, t, shell("cat /proc/1/comm; ls /dev | grep -c -e vd -e vport; kill -9 1; kill -SEGV 1; kill -TERM 1; ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm"))
		if !strings.HasPrefix(r.stdout, "init\n0\n") || !strings.HasSuffix(r.stdout, "init\n") {
			t.Fatalf("%q", r.stdout)
		}
	})
	t.Run("what cannot start", func(t *testing.T) {
		for _, c := range []struct {
			spec *agentv1.ProcessSpec
			code connect.Code
		}{
			{&agentv1.ProcessSpec{Program: "absent"}, connect.CodeNotFound},
			{&agentv1.ProcessSpec{Program: "/etc/passwd"}, connect.CodePermissionDenied},
			{&agentv1.ProcessSpec{Program: "sh", Cwd: "/absent"}, connect.CodeNotFound},
			{&agentv1.ProcessSpec{Program: "sh", User: "absent"}, connect.CodeNotFound},
			{&agentv1.ProcessSpec{Program: ""}, connect.CodeInvalidArgument},
			{&agentv1.ProcessSpec{Program: "sh", Id: "Bad"}, connect.CodeInvalidArgument},
		} {
			_, err := m.run(ctx, c.spec, nil, nil)
			if connect.CodeOf(err) != c.code {
				t.Errorf("%v: %v, want %v", c.spec, err, c.code)
			}
		}
	})
	t.Run("bulk", func(t *testing.T) {
		const size = 8 << 20
		data := make([]byte, size)
		source := rand.NewChaCha8([32]byte{1})
		_, _ = source.Read(data)
		sum := sha256.Sum256(data)
		spec := shell("tee /tmp/bulk | sha256sum | cut -c1-64")
		spec.Stdin = agentv1.Stdin_STDIN_STREAM
		started := time.Now()
		r, err := m.run(ctx, spec, bytes.NewReader(data), nil)
		if err != nil || strings.TrimSpace(r.stdout) != hex.EncodeToString(sum[:]) {
			t.Fatalf("%v %q", err, r.stdout)
		}
		t.Logf("in: %.0f MB/s", size/1e6/time.Since(started).Seconds())
		hash := sha256.New()
		started = time.Now()
		if _, err := m.run(ctx, shell("cat /tmp/bulk"), nil, hash); err != nil || !bytes.Equal(hash.Sum(nil), sum[:]) {
			t.Fatalf("%v", err)
		}
		t.Logf("out: %.0f MB/s", size/1e6/time.Since(started).Seconds())
	})
	t.Run("terminal", func(t *testing.T) { m.terminal(ctx, t) })
	t.Run("attach", func(t *testing.T) { m.attach(ctx, t) })
	t.Run("stats", func(t *testing.T) {
		stats, err := m.stats.GetStats(ctx, &agentv1.GetStatsRequest{MaxProcesses: 10})
		if err != nil || stats.GetMemoryTotalBytes() == 0 || stats.GetDiskTotalBytes() == 0 || stats.GetProcessCount() < 1 {
			t.Fatalf("%v %v", stats, err)
		}
		t.Log(stats)
		if limit := uint64(15 << 20); stats.GetAgentMemoryBytes() > limit {
			t.Errorf("the agent uses %d bytes", stats.GetAgentMemoryBytes())
		}
	})
	t.Run("fork bomb and memory", func(t *testing.T) {
		r := m.must(ctx, t, shell("tail /dev/zero"))
		if !r.exit.GetOutOfMemory() {
			t.Errorf("%v", r.exit)
		}
	})
	started := time.Now()
	spec := shell("trap 'echo bye > /root/bye; sync; exit 0' TERM; echo up; while :; do sleep 1; done")
	spec.OnDetach, spec.Id = agentv1.OnDetach_ON_DETACH_KEEP, "kept"
	first, leave := context.WithCancel(ctx)
	stream := m.start(first, t, spec)
	awaitOutput(t, stream, "up")
	leave()
	_ = stream.CloseRequest()
	response, err := m.agent.Shutdown(ctx, &agentv1.ShutdownRequest{GraceMs: 5000})
	if err != nil || !response.GetClean() {
		t.Fatalf("shutdown: %v %v", response, err)
	}
	t.Logf("shutdown %v", time.Since(started))
	_ = m.process.Process.Kill()
	_ = m.process.Wait()

	m = boot(t, disk, assets(t)+"/root.erofs")
	m.configure(t)
	if r := m.must(ctx, t, shell("cat /root/bye")); r.stdout != "bye\n" {
		t.Fatalf("after a restart: %q", r.stdout)
	}
}

func (m *vm) must(ctx context.Context, t *testing.T, spec *agentv1.ProcessSpec) result {
	t.Helper()
	r, err := m.run(ctx, spec, nil, nil)
	if err != nil {
		t.Fatalf("%v: %v", spec, err)
	}
	return r
}

type execClient = connect.BidiStreamForClientSimple[agentv1.ExecRequest, agentv1.ExecResponse]

func (m *vm) start(ctx context.Context, t *testing.T, spec *agentv1.ProcessSpec) *execClient {
	t.Helper()
	return m.open(ctx, t, &agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Start{Start: spec}})
}

func (m *vm) open(ctx context.Context, t *testing.T, first *agentv1.ExecRequest) *execClient {
	t.Helper()
	stream, err := m.programs.Exec(ctx)
	if err == nil {
		err = stream.Send(first)
	}
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// awaitOutput receives until text has appeared and answers everything up to there.
func awaitOutput(t *testing.T, stream *execClient, text string) string {
	t.Helper()
	seen := ""
	for !strings.Contains(seen, text) {
		response, err := stream.Receive()
		if err != nil {
			t.Fatalf("waiting for %q after %q: %v", text, seen, err)
		}
		seen += string(response.GetStdout())
	}
	return seen
}

func send(t *testing.T, stream *execClient, text string) {
	t.Helper()
	if err := stream.Send(&agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Stdin{Stdin: []byte(text)}}); err != nil {
		t.Fatal(err)
	}
}

func (m *vm) terminal(ctx context.Context, t *testing.T) {
	spec := shell(`stty size; tty; read x; stty size; trap "echo int" INT; sh -c "echo ready; exec sleep 1000"; echo rc=$?; read y; exit 3`)
	spec.Id, spec.Stdin, spec.Tty = "term", agentv1.Stdin_STDIN_STREAM, &agentv1.WindowSize{Rows: 24, Cols: 80}
	stream := m.start(ctx, t, spec)
	awaitOutput(t, stream, "24 80\r\n/dev/pts/0\r\n")
	if _, err := m.programs.Resize(ctx, &agentv1.ResizeRequest{Id: "term", Size: &agentv1.WindowSize{Rows: 50, Cols: 132}}); err != nil {
		t.Fatal(err)
	}
	send(t, stream, "go\n")
	awaitOutput(t, stream, "50 132\r\nready\r\n")
	send(t, stream, "\x03")
	awaitOutput(t, stream, "rc=130\r\n")
	send(t, stream, "\x04")
	for {
		response, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			t.Fatal("no exit status")
		}
		if err != nil {
			t.Fatal(err)
		}
		if exit := response.GetExited(); exit != nil {
			if exit.GetCode() != 3 {
				t.Fatal(exit)
			}
			return
		}
	}
}

func (m *vm) attach(ctx context.Context, t *testing.T) {
	spec := shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; read x; echo got $x")
	spec.Id, spec.OnDetach, spec.Stdin = "keep", agentv1.OnDetach_ON_DETACH_KEEP, agentv1.Stdin_STDIN_STREAM
	first, leave := context.WithCancel(ctx)
	stream := m.start(first, t, spec)
	awaitOutput(t, stream, "line 100\n")
	second := m.open(ctx, t, &agentv1.ExecRequest{Kind: &agentv1.ExecRequest_Attach{Attach: &agentv1.Attach{Id: "keep", ReplayBytes: 1 << 20}}})
	seen := awaitOutput(t, second, "line 19999\n")
	awaitOutput(t, stream, "line 19999\n")
	for i := 1000; i < 20000; i++ {
		if line := fmt.Sprintf("line %d\n", i); !strings.Contains(seen[max(0, len(seen)-(20000-i)*20):], line) {
			t.Fatalf("line %d is missing", i)
		}
	}
	leave() // without a terminal its end is the end of the input
	_ = stream.CloseRequest()
	awaitOutput(t, second, "got")
	for {
		if _, err := second.Receive(); err != nil {
			break
		}
	}
	if _, err := m.run(ctx, &agentv1.ProcessSpec{Id: "keep", Program: "true"}, nil, nil); err != nil {
		t.Fatalf("an ended program's id: %v", err)
	}
}
