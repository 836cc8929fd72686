package qmp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// peer answers each line with what script makes of it.
func peer(t *testing.T, script func(line string) string) *Client {
	t.Helper()
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		io.WriteString(theirs, `{"QMP": {"version": {}, "capabilities": []}}`+"\r\n")
		lines := bufio.NewScanner(theirs)
		for lines.Scan() {
			if _, err := io.WriteString(theirs, script(lines.Text())); err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			t.Error(err)
		}
	}()
	client := NewClient(ours)
	t.Cleanup(func() { client.Close() })
	return client
}

func TestAnswersAndEventsAreToldApart(t *testing.T) {
	client := peer(t, func(line string) string {
		switch {
		case strings.Contains(line, "qmp_capabilities"):
			return `{"return": {}, "id": 1}` + "\n"
		case strings.Contains(line, "query-status"):
			return `{"event": "SHUTDOWN", "data": {"reason": "guest-reset"}}` + "\n" + `{"return": {"status": "running"}, "id": 2}` + "\n"
		default:
			return `{"error": {"class": "CommandNotFound", "desc": "no"}, "id": 3}` + "\n"
		}
	})
	ctx := context.Background()
	if err := client.Negotiate(ctx); err != nil {
		t.Fatal(err)
	}
	var status struct{ Status string }
	if err := client.Execute(ctx, "query-status", nil, &status); err != nil || status.Status != "running" {
		t.Fatalf("%v, %v", status, err)
	}
	if event := <-client.Events(); event.Name != "SHUTDOWN" {
		t.Fatalf("%v", event)
	}
	err := client.Execute(ctx, "nonsense", nil, nil)
	if refused, ok := errors.AsType[*Error](err); !ok || refused.Class != "CommandNotFound" {
		t.Fatalf("%v", err)
	}
}

func TestStuckPeerDoesNotBlock(t *testing.T) {
	ours, theirs := net.Pipe() // unbuffered: not even the write is taken
	defer theirs.Close()
	client := NewClient(ours)
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := client.Negotiate(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v", err)
	}
}

func TestBrokenPeersEndTheConnection(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON":  "}{\n",
		"long line": strings.Repeat("x", maxLine+2),
		"a number":  "5\n",
		"the end":   "",
	} {
		ours, theirs := net.Pipe()
		go func() {
			io.WriteString(theirs, text)
			theirs.Close()
		}()
		client := NewClient(ours)
		for range client.Events() {
		}
		if err := client.Execute(context.Background(), "stop", nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestEventFloodIsBounded(t *testing.T) {
	client := peer(t, func(string) string {
		return strings.Repeat(`{"event": "RTC_CHANGE", "data": {}}`+"\n", 10*pendingEvents) + `{"return": {}, "id": 1}` + "\n"
	})
	if err := client.Negotiate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(client.Events()); n != pendingEvents {
		t.Fatalf("%d events kept", n)
	}
}

// Who gives up in the middle of a command takes neither the connection nor the order of the next ones with it.
func TestGivingUpLeavesTheConnection(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]net.Conn
	for i, fd := range pair {
		file := os.NewFile(uintptr(fd), "qmp")
		if ends[i], err = net.FileConn(file); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	client, peer := NewClient(ends[0]), ends[1]
	defer client.Close()
	defer peer.Close()
	lines := bufio.NewScanner(peer)
	for range 200 {
		file, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		given := make(chan error, 1)
		go func() {
			given <- client.PassFile(ctx, "it", file)
			file.Close()
		}()
		runtime.Gosched()
		cancel()
		if err := <-given; !errors.Is(err, context.Canceled) {
			t.Fatalf("given up: %v", err)
		}
		done := make(chan error, 1)
		go func() { done <- client.Execute(t.Context(), "cont", nil, nil) }()
		for lines.Scan() && !strings.Contains(lines.Text(), `"cont"`) {
		}
		var sent struct{ ID uint64 }
		if err := json.Unmarshal(lines.Bytes(), &sent); err != nil {
			t.Fatalf("the connection is gone: %v, %v", err, lines.Err())
		}
		if _, err := fmt.Fprintf(peer, `{"return": {}, "id": %d}`+"\n", sent.ID); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}
