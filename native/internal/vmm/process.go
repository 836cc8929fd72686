package vmm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"sandboxfile/native/internal/jail"
)

// stderrDelay bounds the wait for a VMM's last words after its end.
const stderrDelay = time.Second

// Command is a VMM to be started. Every VMM of the product is started by Spawn: what confines one is
// put in place there.
type Command struct {
	Program   string
	Arguments []string
	Files     []*os.File // inherited from descriptor 3 on
	Stdin     *os.File   // nil: nothing to read
	Stdout    io.Writer  // nil: unheard
	Jail      jail.Profile
	Ended     func() // called at the end, before Exited is closed; nil: nothing to do
}

// Process is a running VMM.
type Process struct {
	process *os.Process
	jail    []jail.Part
	exited  chan struct{}
	status  *os.ProcessState // after exited
	stderr  tail
}

// Spawn starts a VMM. When this process dies, in whatever way, the VMM is killed.
func Spawn(command Command) (*Process, error) {
	cmd := exec.Command(command.Program, command.Arguments...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C"}
	if command.Stdin != nil {
		cmd.Stdin = command.Stdin
	}
	p := &Process{exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = command.Stdout, &p.stderr
	cmd.ExtraFiles = command.Files
	cmd.SysProcAttr = processAttributes()
	cmd.WaitDelay = stderrDelay
	var err error
	p.jail, err = jail.Start(cmd, command.Jail, func() {
		p.status = cmd.ProcessState
		if command.Ended != nil {
			command.Ended()
		}
		close(p.exited)
	})
	if err != nil {
		return nil, err
	}
	p.process = cmd.Process
	return p, nil
}

// Jail is what confines the VMM.
func (p *Process) Jail() []jail.Part { return p.jail }

// PID is the VMM's.
func (p *Process) PID() int { return p.process.Pid }

// Exited is closed when the VMM has ended and is reaped.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Halt stops all of the process where it stands. It fails with the process running.
func (p *Process) Halt(ctx context.Context) error {
	// The kernel tells of each child's stop.
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, syscall.SIGCHLD)
	defer signal.Stop(changes)
	if err := p.process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		stopped, err := hasStopped(p.process.Pid)
		switch {
		case err != nil:
			return errors.Join(err, p.Proceed())
		case stopped:
			return nil
		}
		select {
		case <-changes:
		case <-p.exited:
			return os.ErrProcessDone
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), p.Proceed())
		}
	}
}

// Proceed undoes Halt.
func (p *Process) Proceed() error { return p.process.Signal(syscall.SIGCONT) }

// Succeeded tells whether an exited VMM ended by itself and found nothing wrong.
func (p *Process) Succeeded() bool {
	<-p.exited
	return p.status.Success()
}

// Kill ends the VMM at once; what the guest had flushed is in the host's kernel.
func (p *Process) Kill() error {
	err := p.process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Ended describes the end of an exited VMM: its status and last words.
func (p *Process) Ended() error {
	<-p.exited
	text := p.stderr.String()
	if text == "" {
		return errors.New(p.status.String())
	}
	return fmt.Errorf("%s: %s", p.status, text)
}
