// Package control is what a supervisor and the gateway of its network say to each other, see
// menv.network.v1.
package control

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
)

// Names of the files in a network's folder.
const (
	SocketName = "sock"
	// StartName is locked by who looks for the gateway, starts it or attaches to it, and by the gateway
	// while it finds out that nobody needs it any more: so nobody attaches to a gateway that is ending.
	StartName = "start"
	// LockName is locked by the gateway while it lives.
	LockName = "lock"
	// CrashName takes the gateway's last words.
	CrashName = "gateway.log"
)

// maxMessage bounds a message.
const maxMessage = 1 << 20

const headSize = 4

// SendAttach asks for a place for the device, which stays the caller's.
func SendAttach(conn *net.UnixConn, request *networkv1.Attach, device *os.File) error {
	data, err := encode(request)
	if err != nil {
		return err
	}
	raw, err := device.SyscallConn()
	if err != nil {
		return err
	}
	var sent int
	var failed error
	err = raw.Control(func(fd uintptr) {
		sent, _, failed = conn.WriteMsgUnix(data, unix.UnixRights(int(fd)), nil)
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	_, err = conn.Write(data[sent:])
	return err
}

// ReceiveAttach takes a supervisor's first message. The device is the caller's, also beside an error when
// it is not nil.
func ReceiveAttach(conn *net.UnixConn) (request *networkv1.Attach, device *os.File, err error) {
	head, rights := make([]byte, headSize), make([]byte, unix.CmsgSpace(4))
	n, rn, _, _, err := conn.ReadMsgUnix(head, rights)
	if err != nil {
		return nil, nil, err
	}
	if device, err = descriptor(rights[:rn]); err != nil {
		return nil, nil, err
	}
	if _, err := io.ReadFull(conn, head[n:]); err != nil {
		return nil, device, err
	}
	request = &networkv1.Attach{}
	return request, device, decodeBody(conn, head, request)
}

// ReceiveAttached waits for the answer.
func ReceiveAttached(conn net.Conn) (*networkv1.Attached, error) {
	answer := &networkv1.Attached{}
	if err := Receive(conn, answer); err != nil {
		return nil, err
	}
	if refusal := answer.GetRefusal(); refusal != "" {
		return nil, fmt.Errorf("the network's gateway refuses: %s", refusal)
	}
	return answer, nil
}

// Send sends a message without a descriptor.
func Send(conn net.Conn, message proto.Message) error {
	data, err := encode(message)
	if err != nil {
		return err
	}
	_, err = conn.Write(data)
	return err
}

// Receive waits for the other side's next message.
func Receive(conn net.Conn, message proto.Message) error {
	head := make([]byte, headSize)
	if _, err := io.ReadFull(conn, head); err != nil {
		return err
	}
	return decodeBody(conn, head, message)
}

func encode(message proto.Message) ([]byte, error) {
	data, err := proto.Marshal(message)
	if err != nil {
		return nil, err
	}
	if len(data) > maxMessage {
		return nil, fmt.Errorf("%d bytes are too many for a message", len(data))
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...), nil
}

func decodeBody(from io.Reader, head []byte, message proto.Message) error {
	size := binary.BigEndian.Uint32(head)
	if size > maxMessage {
		return fmt.Errorf("%d bytes are too many for a message", size)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(from, data); err != nil {
		return err
	}
	return proto.Unmarshal(data, message)
}

// descriptor takes the one descriptor of a message.
func descriptor(rights []byte) (*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	if len(messages) != 1 {
		return nil, errors.New("no device came with the message")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil, err
	}
	for _, fd := range fds[min(1, len(fds)):] {
		_ = unix.Close(fd)
	}
	if len(fds) == 0 {
		return nil, errors.New("no device came with the message")
	}
	unix.CloseOnExec(fds[0])
	return os.NewFile(uintptr(fds[0]), "network device"), nil
}
