package pool

import (
	"context"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/vmm"
)

// member is the process of one spare, `menv spare`. It ends when its connection to the keeper does,
// unless it has been claimed: then it is a supervisor like any other.
type member struct {
	kind  string
	conn  *net.UnixConn
	pid   int
	ended chan struct{} // the process is reaped

	isReady bool // guarded by the keeper
}

// reportBytes bounds what a member says of itself.
const reportBytes = 16 << 10

// spawn starts a member. It is made with a low priority and says when it is ready.
func spawn(program, home, kind string, spec *machinev1.MachineSpec) (*member, error) {
	fds, err := vmm.SocketPair(unix.SOCK_STREAM)
	if err != nil {
		return nil, err
	}
	own, theirs := os.NewFile(uintptr(fds[0]), "keeper"), os.NewFile(uintptr(fds[1]), "member")
	defer own.Close()
	defer theirs.Close()
	conn, err := unixConn(own)
	if err != nil {
		return nil, err
	}
	process := exec.Command(program, "spare")
	process.Dir = "/"
	process.Env = append(os.Environ(), "MENV_HOME="+home)
	process.Stdin = theirs
	process.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := process.Start(); err != nil {
		conn.Close()
		return nil, err
	}
	m := &member{kind: kind, conn: conn, pid: process.Process.Pid, ended: make(chan struct{})}
	go func() {
		defer close(m.ended)
		_ = process.Wait()
	}()
	return m, WriteLine(conn, spec)
}

// ready waits until the guest stands still.
func (m *member) ready(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { m.conn.Close() })
	defer stop()
	report := &machinev1.StartReport{}
	return ReadLine(m.conn, reportBytes, report)
}

// dismiss ends a member that nobody has claimed.
func (m *member) dismiss() { m.conn.Close() }
