package gateway

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	jailv1 "sandboxfile/native/gen/menv/jail/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/accept"
	"sandboxfile/native/internal/flock"
	"sandboxfile/native/internal/network/control"
	"sandboxfile/native/internal/network/lease"
)

const (
	// attachTime is how long a supervisor may take to say what it wants.
	attachTime = 5 * time.Second
)

// Serve lives the gateway's life at the listener in the network's folder: from its first sandbox to its
// last, or to the end of ctx. Who starts it holds the folder's start lock until a sandbox is attached.
func Serve(ctx context.Context, folder string, listener *net.UnixListener, options Options) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	s := &server{Gateway: New(options), folder: folder, jail: options.Jail, end: end}
	unhook := context.AfterFunc(ctx, func() { listener.Close() })
	defer unhook()
	// When who started it dies before a sandbox is attached.
	s.calls.Go(func() { s.endUnused(ctx) })
	s.accept(ctx, listener)
	s.calls.Wait()
}

type server struct {
	*Gateway
	folder string
	jail   []*jailv1.Part
	end    func()
	ending sync.Mutex // held while it is found out whether this is the end; the start lock comes after it
	calls  sync.WaitGroup
}

func (s *server) accept(ctx context.Context, listener *net.UnixListener) {
	for conn := range accept.All(listener.AcceptUnix) {
		s.calls.Go(func() {
			defer conn.Close()
			s.host(ctx, conn)
		})
	}
}

// host has the sandbox of one supervisor in the network as long as the connection lives. The supervisor
// of the last one learns by the connection's end that nothing of the network is left.
func (s *server) host(ctx context.Context, conn *net.UnixConn) {
	if conn.SetDeadline(time.Now().Add(attachTime)) != nil {
		return
	}
	request, device, err := control.ReceiveAttach(conn)
	if err != nil {
		if device != nil {
			device.Close()
		}
		return
	}
	station, err := s.attach(ctx, request, device)
	if err != nil {
		_ = control.Send(conn, &networkv1.Attached{Refusal: err.Error()}) // or it has gone
		return
	}
	unhook := context.AfterFunc(ctx, func() { conn.Close() })
	defer unhook()
	if control.Send(conn, &networkv1.Attached{Jail: s.jail}) == nil && conn.SetDeadline(time.Time{}) == nil {
		station.count(conn)
	}
	station.detach()
	s.endUnused(ctx)
}

// count answers the supervisor's questions until it goes.
func (s *station) count(conn net.Conn) {
	for control.Receive(conn, &networkv1.GetCounts{}) == nil {
		if control.Send(conn, s.counts.proto(&s.forward.Counters)) != nil {
			return
		}
	}
}

// endUnused ends the gateway when nobody is attached and nobody is about to be.
func (s *server) endUnused(ctx context.Context) {
	s.ending.Lock()
	defer s.ending.Unlock()
	if s.Sandboxes() > 0 || ctx.Err() != nil {
		return
	}
	unlock, err := flock.Named(ctx, filepath.Join(s.folder, control.StartName))
	if errors.Is(err, fs.ErrNotExist) {
		s.end() // the folder is gone, and with it every way to this gateway
		return
	}
	if err != nil {
		return
	}
	defer unlock()
	if s.Sandboxes() > 0 || ctx.Err() != nil {
		return
	}
	// Who waits for the lock finds no folder any more and makes another.
	removeFolder(s.folder)
	s.end()
}

// removeFolder leaves what somebody still uses, or will use.
func removeFolder(folder string) {
	for _, name := range []string{control.SocketName, control.CrashName, lease.FolderName, control.LockName, control.StartName} {
		_ = os.Remove(filepath.Join(folder, name))
	}
	_ = os.Remove(folder)
}
