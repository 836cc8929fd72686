// Package plug keeps a guest's network device connected to the gateway of its network: it finds the
// gateway or starts it, and the next one when that was killed.
package plug

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	jailv1 "sandboxfile/native/gen/menv/jail/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/flock"
	"sandboxfile/native/internal/network/control"
)

const (
	// answerTime is how long a gateway may take to take the device.
	answerTime = 10 * time.Second
	// A gateway that ends at once, again and again, is not started all the time.
	firstPause, longestPause = 50 * time.Millisecond, 5 * time.Second
	// settledTime is how long one must have lived for its end to be nothing to be careful about.
	settledTime = 10 * time.Second
	// leaveTime bounds the wait for the gateway to let go.
	leaveTime = 2 * time.Second
)

// Options are what is plugged in, and where.
type Options struct {
	Attach *networkv1.Attach
	// Device is the host's end of the guest's device. It stays the caller's.
	Device *os.File
	// Start starts a gateway for the member's network and returns when it listens.
	Start func(context.Context, *networkv1.Member) error
	// Tell is told why the device leads nowhere, and nil when it leads to a gateway, which is confined so.
	Tell func(jail []*jailv1.Part, err error)
	// Denied keeps a line of the log of what the guest was denied.
	Denied func(line []byte)
}

// Plug is one device's connection.
type Plug struct {
	options Options
	cancel  context.CancelFunc
	done    chan struct{}
	line    atomic.Pointer[line] // nil: no gateway has the device
}

// Insert connects the device, now and whenever it has to be, until Pull. What the guest sends meanwhile
// waits.
func Insert(options Options) *Plug {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Plug{options: options, cancel: cancel, done: make(chan struct{})}
	go p.keep(ctx)
	return p
}

// Pull disconnects the device and returns when the gateway has let go of it. After the last one nothing is left of
// the network.
func (p *Plug) Pull() {
	p.cancel()
	<-p.done
	tidy(p.options.Attach.GetMember().GetFolder())
}

func (p *Plug) keep(ctx context.Context) {
	defer close(p.done)
	for pause := firstPause; ctx.Err() == nil; {
		began := time.Now()
		conn, answer, err := p.attach(ctx)
		if err == nil {
			p.options.Tell(answer.GetJail(), nil)
			p.listen(ctx, conn)
			err = errors.New("the network's gateway has ended")
		}
		if ctx.Err() != nil {
			return
		}
		p.options.Tell(nil, err)
		if time.Since(began) > settledTime {
			pause = firstPause
			continue
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, longestPause)
	}
}

// attach finds or starts the gateway, and hands it the device. All that under the lock under which
// gateways end, see control.StartName.
func (p *Plug) attach(ctx context.Context) (*net.UnixConn, *networkv1.Attached, error) {
	member := p.options.Attach.GetMember()
	folder := member.GetFolder()
	unlock, err := lockStart(ctx, folder)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	conn, err := dial(folder)
	if err != nil {
		if err = p.options.Start(ctx, member); err == nil {
			conn, err = dial(folder)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	// A gateway that is being asked already is let go of in the usual way, which its end waits for.
	unhook := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now().Add(leaveTime)) })
	defer unhook()
	err = errors.Join(
		conn.SetDeadline(time.Now().Add(answerTime)),
		control.SendAttach(conn, p.options.Attach, p.options.Device),
	)
	var answer *networkv1.Attached
	if err == nil {
		answer, err = control.ReceiveAttached(conn)
	}
	if err == nil && unhook() {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		return nil, nil, errors.Join(err, context.Cause(ctx), conn.Close())
	}
	return conn, answer, nil
}

// listen returns when the gateway has ended, or has let go after ctx has.
func (p *Plug) listen(ctx context.Context, conn *net.UnixConn) {
	l := newLine(conn, p.options.Denied)
	p.line.Store(l)
	defer p.line.Store(nil)
	defer conn.Close()
	unhook := context.AfterFunc(ctx, func() {
		_ = conn.SetReadDeadline(time.Now().Add(leaveTime))
		_ = conn.CloseWrite()
	})
	defer unhook()
	l.listen()
}

// lockStart makes the folder when it is not there; the last gateway takes it away.
func lockStart(ctx context.Context, folder string) (unlock func(), err error) {
	for {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		unlock, err = flock.Named(ctx, filepath.Join(folder, control.StartName))
		if !errors.Is(err, fs.ErrNotExist) {
			return unlock, err
		}
	}
}

func dial(folder string) (*net.UnixConn, error) {
	return net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(folder, control.SocketName), Net: "unix"})
}
