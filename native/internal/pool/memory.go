package pool

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// memberBytes is what a member takes of the host's memory.
	memberBytes = 64 << 20
	// shareOfFree is the part of the free memory that a pool takes by itself, and sizeOfFree the most of
	// each kind that it keeps then.
	shareOfFree = 32
	sizeOfFree  = 2
	// shortOfTotal is the part of all memory below which free memory is short.
	shortOfTotal = 16
	// stall: tasks waiting for memory for 150 ms within 2 s are pressure.
	stall = "some 150000 2000000"
)

// Memory is what the host says about its memory.
type Memory struct {
	Info     string // /proc/meminfo
	Pressure string // /proc/pressure/memory
	// Look is how often free memory is looked at where the system does not tell of pressure.
	Look time.Duration
}

// HostMemory is this host's.
var HostMemory = Memory{Info: "/proc/meminfo", Pressure: "/proc/pressure/memory", Look: 5 * time.Second}

// Size is how many guests of each kind are kept when nobody has said how many. On systems that do not
// tell their free memory that is none.
func (m Memory) Size(kinds int) int {
	total, free, err := m.read()
	if err != nil || free < total/shortOfTotal {
		return 0
	}
	return int(min(free/shareOfFree/memberBytes/uint64(max(kinds, 1)), sizeOfFree))
}

// Watch calls short when memory has become short, until ctx ends.
func (m Memory) Watch(ctx context.Context, short func()) {
	trigger, err := m.subscribe()
	if err != nil {
		m.look(ctx, short)
		return
	}
	// The poll below is ended through a pipe.
	wake, waker, err := os.Pipe()
	if err != nil {
		trigger.Close()
		m.look(ctx, short)
		return
	}
	defer trigger.Close()
	defer wake.Close()
	defer context.AfterFunc(ctx, func() { waker.Close() })()
	for ctx.Err() == nil {
		watched := []unix.PollFd{{Fd: int32(trigger.Fd()), Events: unix.POLLPRI}, {Fd: int32(wake.Fd())}}
		if _, err := unix.Poll(watched, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		if watched[0].Revents&unix.POLLERR != 0 {
			m.look(ctx, short)
			return
		}
		if watched[0].Revents&unix.POLLPRI != 0 {
			short()
		}
	}
}

// subscribe asks the kernel to tell of pressure. Older ones let only root ask.
func (m Memory) subscribe() (*os.File, error) {
	file, err := os.OpenFile(m.Pressure, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if _, err := file.WriteString(stall); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func (m Memory) look(ctx context.Context, short func()) {
	ticks := time.NewTicker(m.Look)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			if m.isShort() {
				short()
			}
		case <-ctx.Done():
			return
		}
	}
}

func (m Memory) isShort() bool {
	total, free, err := m.read()
	return err == nil && free < total/shortOfTotal
}

func (m Memory) read() (total, free uint64, err error) {
	file, err := os.Open(m.Info)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var kib uint64
		if n, _ := fmt.Sscanf(lines.Text(), "MemTotal: %d kB", &kib); n == 1 {
			total = kib << 10
		}
		if n, _ := fmt.Sscanf(lines.Text(), "MemAvailable: %d kB", &kib); n == 1 {
			return total, kib << 10, nil
		}
	}
	return 0, 0, fmt.Errorf("%s does not tell the available memory", m.Info)
}
