package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Command is a program to start. Paths are the sandbox's.
type Command struct {
	Program string // looked up in Env's PATH when it has no slash
	Args    []string
	Env     []string
	Dir     string
	Files   []uintptr // 0, 1, 2
	TTY     bool      // Files[0] becomes the controlling terminal
	User    *syscall.Credential
}

// Child is a started program: a child of the agent, leader of its own session and process group.
type Child struct {
	PID   int // in the agent's namespace
	PIDFD int // owned by the caller
	Inner int // the pid as the sandbox sees it
}

// The reasons of a Launch that come before the kernel's own.
var (
	ErrNotFound      = errors.New("no such program")
	ErrNotExecutable = errors.New("not executable")
	ErrWorkDir       = errors.New("working directory")
)

// Launch starts a program. Launches are serialised: a fork holds up the whole agent anyway.
func (s *Sandbox) Launch(c Command) (child Child, err error) {
	s.gate <- struct{}{}
	s.launcher.do(func() { child, err = s.launch(c) })
	<-s.gate
	if err == nil {
		child.Inner = innerPID(child.PIDFD)
	}
	return child, err
}

func (s *Sandbox) launch(c Command) (Child, error) {
	var stat unix.Stat_t
	if err := unix.Stat(c.Dir, &stat); err != nil {
		return Child{}, fmt.Errorf("%w: %w", ErrWorkDir, err)
	} else if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return Child{}, fmt.Errorf("%w: %w", ErrWorkDir, unix.ENOTDIR)
	}
	path, err := lookUp(c)
	if err != nil {
		return Child{}, err
	}
	child := Child{PIDFD: -1}
	attributes := &syscall.ProcAttr{
		Dir:   c.Dir,
		Env:   c.Env,
		Files: c.Files,
		Sys: &syscall.SysProcAttr{
			Setsid: true, Setctty: c.TTY,
			Credential:  c.User,
			UseCgroupFD: true, CgroupFD: s.cgroup.fd(),
			PidFD: &child.PIDFD,
		},
	}
	argv := append([]string{c.Program}, c.Args...)
	guardErr := s.oom.lifted(func() { child.PID, err = syscall.ForkExec(path, argv, attributes) })
	if err != nil {
		return Child{}, execError(err)
	}
	if guardErr != nil {
		// The agent goes on unprotected rather than lose a program that already runs.
		fmt.Fprintln(os.Stderr, "agent: restore the memory protection:", guardErr)
	}
	return child, nil
}

func execError(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		// The file was there a moment ago: what lacks is its interpreter.
		return fmt.Errorf("%w: its interpreter is missing", ErrNotFound)
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.ENOEXEC), errors.Is(err, unix.EISDIR),
		errors.Is(err, unix.ELIBBAD), errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: %w", ErrNotExecutable, err)
	}
	return err
}

// lookUp finds the program as a shell does: the first executable file on PATH; if there is none, a
// file that is not executable tells more than nothing.
func lookUp(c Command) (string, error) {
	if strings.Contains(c.Program, "/") {
		path := c.Program
		if !strings.HasPrefix(path, "/") {
			path = c.Dir + "/" + path
		}
		return path, executable(path)
	}
	failed := ErrNotFound
	for dir := range strings.SplitSeq(variable(c.Env, "PATH"), ":") {
		if !strings.HasPrefix(dir, "/") {
			dir = c.Dir + "/" + dir
		}
		path := dir + "/" + c.Program
		err := executable(path)
		if err == nil {
			return path, nil
		}
		if errors.Is(err, ErrNotExecutable) {
			failed = err
		}
	}
	return "", failed
}

func executable(path string) error {
	var stat unix.Stat_t
	err := unix.Stat(path, &stat)
	switch {
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: %w", ErrNotExecutable, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case stat.Mode&unix.S_IFMT == unix.S_IFDIR:
		return fmt.Errorf("%w: %w", ErrNotExecutable, unix.EISDIR)
	case stat.Mode&0o111 == 0:
		return fmt.Errorf("%w: %w", ErrNotExecutable, unix.EACCES)
	}
	return nil
}

func variable(env []string, name string) string {
	value := ""
	for _, entry := range env {
		if rest, ok := strings.CutPrefix(entry, name+"="); ok {
			value = rest // the last one counts, as for execve's reader
		}
	}
	return value
}

// innerPID reads the pid in the sandbox's namespace from the descriptor, which, unlike a path in
// /proc, cannot come to mean another process.
func innerPID(pidfd int) int {
	text, err := os.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(pidfd))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if list, ok := strings.CutPrefix(line, "NSpid:"); ok {
			fields := strings.Fields(list)
			if len(fields) == 0 {
				return 0
			}
			pid, _ := strconv.Atoi(fields[len(fields)-1])
			return pid
		}
	}
	return 0
}
