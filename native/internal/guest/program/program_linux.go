package program

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/sandbox"
	"sandboxfile/native/internal/guest/scrollback"
)

// hangUpGrace is what a program gets between SIGHUP and SIGKILL once its last client is gone.
const hangUpGrace = 2 * time.Second

// Program is one program that was started through Exec.
type Program struct {
	id      string
	spec    *agentv1.ProcessSpec
	child   sandbox.Child
	started time.Time

	ring   *scrollback.Ring
	stdin  stdin
	master *os.File // nil without a terminal
	pumps  []*pump

	done chan struct{} // closed when exited is set and the ring is closed

	mu      sync.Mutex // guards the fields below; taken after Table.mu
	clients int
	hangUp  *time.Timer
	exited  *agentv1.ExitStatus
	endedAt time.Time
}

// watch follows the program to its end. killed tells whether a SIGKILL was for want of memory.
func (p *Program) watch(killed func() bool) {
	var pumping sync.WaitGroup
	for _, pump := range p.pumps {
		pumping.Go(pump.run)
	}
	status := p.wait()
	p.stdin.abandon()
	for _, pump := range p.pumps {
		_ = pump.file.SetReadDeadline(time.Unix(1, 0))
	}
	pumping.Wait()
	for _, pump := range p.pumps {
		pump.drain()
	}
	exit := exitStatus(status)
	if exit.GetCode() == 128+int32(unix.SIGKILL) {
		exit.OutOfMemory = killed()
	}
	p.mu.Lock()
	p.exited, p.endedAt = exit, time.Now()
	if p.hangUp != nil {
		p.hangUp.Stop()
	}
	p.mu.Unlock()
	p.ring.Close()
	close(p.done)
}

// wait parks until the pidfd says that the program has ended, then reaps it.
func (p *Program) wait() (status unix.WaitStatus) {
	file := os.NewFile(uintptr(p.child.PIDFD), "pidfd")
	defer func() { _ = file.Close() }()
	reaped := func(options int) bool {
		for {
			pid, err := unix.Wait4(p.child.PID, &status, options, nil)
			if !errors.Is(err, unix.EINTR) {
				return pid == p.child.PID || err != nil
			}
		}
	}
	raw, err := file.SyscallConn()
	if err == nil {
		err = raw.Read(func(uintptr) bool { return reaped(unix.WNOHANG) })
	}
	if err != nil {
		reaped(0)
	}
	return status
}

func exitStatus(status unix.WaitStatus) *agentv1.ExitStatus {
	if status.Signaled() {
		signal := int32(status.Signal())
		return &agentv1.ExitStatus{Code: 128 + signal, Signal: signal}
	}
	return &agentv1.ExitStatus{Code: int32(status.ExitStatus())}
}

// exit answers the exit status, nil while the program runs.
func (p *Program) exit() *agentv1.ExitStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exited
}

// signal delivers sig unless the program has ended; then it reports false.
func (p *Program) signal(sig unix.Signal, group bool) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.exited != nil {
		return false, nil
	}
	target := p.child.PID
	if group {
		target = -p.child.PID
		if p.master != nil {
			if foreground, err := p.foreground(); err == nil && foreground > 0 {
				target = -foreground
			}
		}
	}
	err := unix.Kill(target, sig)
	if errors.Is(err, unix.ESRCH) {
		return false, nil
	}
	return true, err
}

func (p *Program) foreground() (group int, err error) {
	raw, err := p.master.SyscallConn()
	if err != nil {
		return 0, err
	}
	controlErr := raw.Control(func(fd uintptr) { group, err = unix.IoctlGetInt(int(fd), unix.TIOCGPGRP) })
	return group, errors.Join(controlErr, err)
}

func (p *Program) resize(size *agentv1.WindowSize) error {
	if p.master == nil {
		return unix.ENOTTY
	}
	raw, err := p.master.SyscallConn()
	if err != nil {
		return err
	}
	controlErr := raw.Control(func(fd uintptr) { err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, winsize(size)) })
	return errors.Join(controlErr, err)
}

func winsize(size *agentv1.WindowSize) *unix.Winsize {
	return &unix.Winsize{Row: uint16(size.GetRows()), Col: uint16(size.GetCols())}
}

// attach adds a client.
func (p *Program) attach(replay uint64) (*scrollback.Reader, uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients++
	if p.hangUp != nil {
		p.hangUp.Stop()
		p.hangUp = nil
	}
	return p.ring.Attach(replay)
}

// count counts the clients.
func (p *Program) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clients
}

// detach removes a client. The last one to leave a program that is not kept hangs it up.
func (p *Program) detach(reader *scrollback.Reader, fed bool) {
	reader.Detach()
	if fed && p.master == nil {
		p.stdin.abandon()
	}
	p.mu.Lock()
	p.clients--
	last := p.clients == 0 && p.exited == nil && p.spec.GetOnDetach() != agentv1.OnDetach_ON_DETACH_KEEP
	if last {
		p.hangUp = time.AfterFunc(hangUpGrace, func() { _, _ = p.signal(unix.SIGKILL, true) })
	}
	p.mu.Unlock()
	if last {
		_, _ = p.signal(unix.SIGHUP, true)
	}
}
