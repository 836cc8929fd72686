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
	Jail     []*jailv1.Part
	lock     *os.File // held while the gateway lives
}

// Inherit comes first in the gateway.
func Inherit() (*Inherited, error) {
	const lock, socket = 3, 4
	for _, fd := range []int{lock, socket} {
		syscall.CloseOnExec(fd)
	}
	inherited := &Inherited{lock: os.NewFile(lock, "lock")}
	file := os.NewFile(socket, "socket")
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

// Close gives the network's lock up.
func (i *Inherited) Close() error { return errors.Join(i.Listener.Close(), i.lock.Close()) }
