package launch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	jailv1 "sandboxfile/native/gen/menv/jail/v1"
	"sandboxfile/native/internal/jail"
)

// maxParts bounds what is said about the jail.
const maxParts = 64 << 10

// Inherited is what Start gave to this process.
type Inherited struct {
	Listener *net.UnixListener
	Lock     *os.File // of control.LockName, held
	Start    *os.File // of control.StartName
	Crash    *os.File // of control.CrashName
	Jail     []*jailv1.Part
}

// The descriptors, in the order in which Start hands them over.
const (
	lockFD = 3 + iota
	listenerFD
	startFD
	crashFD
)

// Inherit comes first in the gateway.
func Inherit() (*Inherited, error) {
	for fd := lockFD; fd <= crashFD; fd++ {
		syscall.CloseOnExec(fd)
	}
	inherited := &Inherited{
		Lock: os.NewFile(lockFD, "lock"), Start: os.NewFile(startFD, "start"), Crash: os.NewFile(crashFD, "last words"),
	}
	file := os.NewFile(listenerFD, "socket")
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("started without a socket: %w", err)
	}
	var ok bool
	if inherited.Listener, ok = listener.(*net.UnixListener); !ok {
		return nil, errors.New("started with a socket of another kind")
	}
	var parts []jail.Part
	if err := json.NewDecoder(io.LimitReader(os.Stdin, maxParts)).Decode(&parts); err != nil {
		return nil, fmt.Errorf("started without its jail: %w", err)
	}
	inherited.Jail = jail.Proto(parts)
	return inherited, nil
}
