package vmm

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

const (
	// hang is the deadline against hangs, generous for a busy machine.
	hang = 2 * time.Minute
	// writing is set in a process that writes, with the file.
	writing = "VMM_TEST_WRITE"
	writers = 4
)

// TestMain is also a process whose threads write to a file all the time, as a VMM does to a disk.
func TestMain(m *testing.M) {
	if path := os.Getenv(writing); path != "" {
		write(path)
	}
	os.Exit(m.Run())
}

func write(path string) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		os.Exit(1)
	}
	for at := range writers {
		go func() {
			runtime.LockOSThread()
			for n := uint64(1); ; n++ {
				if _, err := file.WriteAt(binary.BigEndian.AppendUint64(nil, n), int64(at*8)); err != nil {
					os.Exit(1)
				}
			}
		}()
	}
	select {}
}

func writer(t *testing.T) (*Process, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writing+"="+path)
	cmd.SysProcAttr = processAttributes()
	// The death signal comes with the end of the thread that starts it.
	runtime.LockOSThread()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &Process{process: cmd.Process, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		_ = p.Kill()
		<-p.Exited()
	})
	moves(t, path, make([]byte, writers*8))
	return p, path
}

// moves waits until every thread has written something else than before.
func moves(t *testing.T, path string, before []byte) {
	t.Helper()
	for deadline := time.Now().Add(hang); ; time.Sleep(time.Millisecond) {
		now, err := os.ReadFile(path)
		moved := err == nil && len(now) == writers*8
		for at := 0; moved && at < len(now); at += 8 {
			moved = !bytes.Equal(now[at:at+8], before[at:at+8])
		}
		if moved {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%x, as before: %x, %v", now, before, err)
		}
	}
}

func TestAHaltedProcessWritesNothing(t *testing.T) {
	p, path := writer(t)
	for range 50 {
		if err := p.Halt(t.Context()); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, state := range states(t, p) {
			if state != 'T' {
				t.Errorf("a thread is %c", state)
			}
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, before) {
			t.Errorf("%x, then %x, %v", before, now, err)
		}
		if err := p.Proceed(); err != nil {
			t.Fatal(err)
		}
		moves(t, path, before)
	}
}

func TestAHaltThatIsCancelledLeavesItRunning(t *testing.T) {
	p, path := writer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		if err := p.Halt(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		} else if err == nil {
			// It stood before anybody looked.
			if err := p.Proceed(); err != nil {
				t.Fatal(err)
			}
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		moves(t, path, before)
	}
}

func TestWhatEndsIsNotWaitedFor(t *testing.T) {
	p, _ := writer(t)
	if err := p.Halt(t.Context()); err != nil {
		t.Fatal(err)
	}
	// It stands, and a second time means nothing to it.
	go func() { _ = p.Kill() }()
	<-p.Exited()
	if err := p.Halt(t.Context()); err == nil {
		t.Error("a process that has ended is halted")
	}
}

// states are those of the threads.
func states(t *testing.T, p *Process) (found []byte) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(p.PID()), "task", "*", "stat"))
	if err != nil || len(paths) <= writers {
		t.Fatalf("%v, %v", paths, err)
	}
	for _, path := range paths {
		stat, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, stat[bytes.LastIndexByte(stat, ')')+2])
	}
	return found
}
