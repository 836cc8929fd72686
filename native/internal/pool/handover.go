package pool

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// give hands the front end's connection to a spare. The spare's process may end at any time: then the
// front end sees the end of its connection, as it does of a pool that has nothing.
func give(spare, client *net.UnixConn) error {
	file, err := client.File()
	if err != nil {
		return err
	}
	defer file.Close()
	_, _, err = spare.WriteMsgUnix([]byte{claimed}, unix.UnixRights(int(file.Fd())), nil)
	runtime.KeepAlive(file)
	return err
}

// claimed is what comes with the connection.
const claimed = 'c'

// Receive waits for the front end that claims this process's guest. io.EOF: the pool has ended.
func Receive(keeper *net.UnixConn) (*net.UnixConn, error) {
	data, rights := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	n, size, _, _, err := keeper.ReadMsgUnix(data, rights)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, io.EOF
	}
	messages, err := unix.ParseSocketControlMessage(rights[:size])
	if err != nil || len(messages) != 1 {
		return nil, errors.Join(err, errors.New("no connection came with the claim"))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fds[0]), "front end")
	defer file.Close()
	return unixConn(file)
}

// KeeperOf is the connection to the pool that a spare's process has inherited.
func KeeperOf(file *os.File) (*net.UnixConn, error) { return unixConn(file) }

func unixConn(file *os.File) (*net.UnixConn, error) {
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	local, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, errors.Join(errors.New("not a unix socket"), conn.Close())
	}
	return local, nil
}
