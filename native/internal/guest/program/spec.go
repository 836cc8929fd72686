package program

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"connectrpc.com/connect"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/link"
)

const (
	maxID       = 64
	maxTerminal = 4096 // rows and columns
	// argv and env of one program together, in bytes; far below what the kernel itself takes.
	maxArguments = 1 << 20
	// Each pointer of argv and env costs the kernel and us something beside its bytes.
	maxStrings = 16 << 10
)

var defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// check refuses a spec that cannot be run as it is written.
func check(spec *agentv1.ProcessSpec) error {
	if spec.GetId() != "" && !validID(spec.GetId()) {
		return invalid("id", "an id is 1 to 64 of a-z, 0-9 and -")
	}
	if spec.GetProgram() == "" {
		return invalid("program", "no program is named")
	}
	size := len(spec.GetProgram())
	for _, text := range [][]string{spec.GetArgs(), spec.GetEnv()} {
		for _, s := range text {
			size += len(s) + 1
			if strings.IndexByte(s, 0) >= 0 {
				return invalid("args", "arguments and variables cannot hold a NUL byte")
			}
		}
	}
	if size > maxArguments || len(spec.GetArgs())+len(spec.GetEnv()) > maxStrings {
		return fault.Limit("arguments and environment")
	}
	for _, p := range []string{spec.GetProgram(), spec.GetCwd()} {
		if len(p) > link.MaxPathBytes || strings.IndexByte(p, 0) >= 0 {
			return invalid("path", "a path is at most 4096 bytes without NUL")
		}
	}
	if cwd := spec.GetCwd(); cwd != "" && !path.IsAbs(cwd) {
		return invalid("cwd", "the working directory must be absolute")
	}
	return checkSize(spec.GetTty())
}

func checkSize(size *agentv1.WindowSize) error {
	if size.GetRows() > maxTerminal || size.GetCols() > maxTerminal {
		return invalid("tty", fmt.Sprintf("a terminal has at most %d rows and columns", maxTerminal))
	}
	return nil
}

func validID(id string) bool {
	if len(id) == 0 || len(id) > maxID {
		return false
	}
	return strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func invalid(subject, why string) error {
	return fault.New(connect.CodeInvalidArgument, failurev1.Code_CODE_SPEC, subject, errors.New(why))
}

// environment completes env with what every program may count on.
func environment(spec *agentv1.ProcessSpec, home string) []string {
	env := spec.GetEnv()
	complete := append(make([]string, 0, len(env)+3), env...)
	if !has(env, "PATH") {
		complete = append(complete, defaultPath)
	}
	if !has(env, "HOME") {
		complete = append(complete, "HOME="+home)
	}
	if spec.GetTty() != nil && !has(env, "TERM") {
		complete = append(complete, "TERM=xterm-256color")
	}
	return complete
}

func has(env []string, name string) bool {
	for _, entry := range env {
		if strings.HasPrefix(entry, name+"=") {
			return true
		}
	}
	return false
}
