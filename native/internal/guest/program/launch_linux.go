package program

import (
	"errors"
	"fmt"
	"os"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/sandbox"
	"sandboxfile/native/internal/guest/scrollback"
)

// launch opens the program's streams and starts it.
func launch(host Host, id string, spec *agentv1.ProcessSpec, user account) (*Program, error) {
	p := &Program{id: id, spec: spec, ring: scrollback.New(), done: make(chan struct{})}
	theirs, err := p.open(host)
	if err == nil {
		err = p.run(host, theirs, user)
	}
	for _, file := range unique(theirs) {
		_ = file.Close()
	}
	if err != nil {
		p.stdin.abandon()
		for _, pump := range p.pumps {
			_ = pump.file.Close()
		}
		return nil, err
	}
	return p, nil
}

func (p *Program) run(host Host, files []*os.File, user account) error {
	command := sandbox.Command{
		Program: p.spec.GetProgram(),
		Args:    p.spec.GetArgs(),
		Env:     environment(p.spec, user.home),
		Dir:     p.spec.GetCwd(),
		TTY:     p.master != nil,
		User:    user.credential,
	}
	if command.Dir == "" {
		command.Dir = "/"
	}
	for _, file := range files {
		command.Files = append(command.Files, file.Fd())
	}
	child, err := host.Launch(command)
	if err != nil {
		return p.launchError(command, err)
	}
	p.child, p.started = child, time.Now()
	return nil
}

func (p *Program) launchError(command sandbox.Command, err error) error {
	switch {
	case errors.Is(err, sandbox.ErrNotFound):
		return fault.New(connect.CodeNotFound, failurev1.Code_CODE_PROGRAM_NOT_FOUND, command.Program, err)
	case errors.Is(err, sandbox.ErrNotExecutable):
		return fault.New(connect.CodePermissionDenied, failurev1.Code_CODE_PROGRAM_NOT_EXECUTABLE, command.Program, err)
	case errors.Is(err, sandbox.ErrWorkDir):
		return fault.New(connect.CodeNotFound, failurev1.Code_CODE_WORKDIR, command.Dir, err)
	case errors.Is(err, unix.EAGAIN):
		return fault.Limit("processes of the sandbox")
	case errors.Is(err, unix.ENOMEM):
		return fault.Limit("memory of the sandbox")
	case errors.Is(err, unix.E2BIG):
		return fault.Limit("arguments and environment")
	}
	return fault.New(connect.CodeInternal, failurev1.Code_CODE_PROGRAM_NOT_EXECUTABLE, command.Program, err)
}

// open makes the streams, keeps the agent's ends and answers the program's three.
func (p *Program) open(host Host) ([]*os.File, error) {
	if size := p.spec.GetTty(); size != nil {
		return p.openTerminal(host, size)
	}
	theirs := make([]*os.File, 0, 3)
	input, err := p.openStdin()
	if err != nil {
		return theirs, err
	}
	theirs = append(theirs, input)
	for _, stream := range []scrollback.Stream{scrollback.Stdout, scrollback.Stderr} {
		ours, output, err := pipe(true)
		if err != nil {
			return theirs, openError(err)
		}
		theirs = append(theirs, output)
		if err := p.pumpFrom(ours, stream); err != nil {
			return theirs, err
		}
	}
	return theirs, nil
}

func (p *Program) openStdin() (*os.File, error) {
	if p.spec.GetStdin() != agentv1.Stdin_STDIN_STREAM {
		null, err := os.Open(os.DevNull)
		if err != nil {
			return nil, openError(err)
		}
		return null, nil
	}
	ours, input, err := pipe(false)
	if err != nil {
		return nil, openError(err)
	}
	p.stdin.file = ours
	return input, nil
}

func (p *Program) openTerminal(host Host, size *agentv1.WindowSize) ([]*os.File, error) {
	pty, err := host.OpenPTY(*winsize(size))
	if err != nil {
		return nil, openError(err)
	}
	p.master = pty.Master
	p.stdin = stdin{file: pty.Master, tty: true}
	theirs := []*os.File{pty.Terminal, pty.Terminal, pty.Terminal}
	return theirs, p.pumpFrom(pty.Master, scrollback.Stdout)
}

func (p *Program) pumpFrom(file *os.File, stream scrollback.Stream) error {
	pump, err := newPump(file, stream, p.ring)
	if err != nil {
		_ = file.Close()
		return openError(err)
	}
	p.pumps = append(p.pumps, pump)
	return nil
}

func openError(err error) error {
	return fault.New(fault.KindOf(err), failurev1.Code_CODE_LIMIT, "program streams", fmt.Errorf("open the program's streams: %w", err))
}

func unique(files []*os.File) []*os.File {
	var found []*os.File
	for _, file := range files {
		if len(found) == 0 || found[len(found)-1] != file {
			found = append(found, file)
		}
	}
	return found
}
