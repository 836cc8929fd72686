package vmm

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
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
	Ended     func()     // called at the end, before Exited is closed; nil: nothing to do
}

// Process is a running VMM.
type Process struct {
	process *os.Process
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
	return p, p.spawn(cmd, command.Ended)
}

// PID is the VMM's.
func (p *Process) PID() int { return p.process.Pid }

// Exited is closed when the VMM has ended and is reaped.
func (p *Process) Exited() <-chan struct{} { return p.exited }

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

// spawn forks from a thread that lives as long as the child: the kernel ties the child's death
// signal to its parent thread, not to the parent process.
func (p *Process) spawn(cmd *exec.Cmd, ended func()) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		if err != nil {
			started <- err
			return
		}
		p.process = cmd.Process
		started <- nil
		// The state says what Wait's error would.
		_ = cmd.Wait()
		p.status = cmd.ProcessState
		if ended != nil {
			ended()
		}
		close(p.exited)
	}()
	return <-started
}
