package gateway

import (
	"context"
	"net"
	"os"
	"sync"
	"time"

	jailv1 "sandboxfile/native/gen/menv/jail/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/accept"
	"sandboxfile/native/internal/flock"
	"sandboxfile/native/internal/network/control"
)

const (
	// attachTime is how long a supervisor may take to say what it wants.
	attachTime = 5 * time.Second
	// farewellTime is how long a supervisor that goes may take to hear the last of what there is to say.
	farewellTime = 2 * time.Second
)

// Door is how a network's supervisors reach its gateway.
type Door struct {
	Listener *net.UnixListener
	// Start is the file of control.StartName, opened for the gateway alone.
	Start *os.File
	// Lock is held, see control.LockName.
	Lock *os.File
}

// Serve lives the gateway's life: from its first sandbox to its last, or to the end of ctx. Who starts it holds
// the network's start lock until a sandbox is attached. It takes the door over.
func Serve(ctx context.Context, door Door, options Options) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	s := &server{Gateway: New(options), door: door, jail: options.Jail, end: end}
	unhook := context.AfterFunc(ctx, s.shut)
	defer unhook()
	// When who started it dies before a sandbox is attached.
	s.calls.Go(func() { s.endUnused(ctx) })
	s.accept(ctx)
	s.calls.Wait()
}

type server struct {
	*Gateway
	door   Door
	jail   []*jailv1.Part
	end    func()
	ending sync.Mutex // held while it is found out whether this is the end; the start lock comes after it
	calls  sync.WaitGroup
}

func (s *server) accept(ctx context.Context) {
	for conn := range accept.All(s.door.Listener.AcceptUnix) {
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
	said := &said{conn: conn}
	station, err := s.attach(ctx, request, device, said)
	if err != nil {
		_ = control.Send(conn, &networkv1.Attached{Refusal: err.Error()}) // or it has gone
		return
	}
	unhook := context.AfterFunc(ctx, func() { _ = conn.CloseRead() })
	defer unhook()
	if control.Send(conn, &networkv1.Attached{Jail: s.jail}) == nil && conn.SetDeadline(time.Time{}) == nil {
		station.begin()
		station.count(conn, said)
	}
	// Without a deadline what is still to be said is not waited for.
	_ = conn.SetWriteDeadline(time.Now().Add(farewellTime))
	station.detach()
	s.endUnused(ctx)
}

// count answers the supervisor's questions until it goes.
func (s *station) count(conn net.Conn, said *said) {
	for control.Receive(conn, &networkv1.GetCounts{}) == nil {
		counts := s.counts.proto(&s.forward.Counters)
		if said.tell(&networkv1.Told{Told: &networkv1.Told_Counts{Counts: counts}}) != nil {
			return
		}
	}
}

// said is what a supervisor is told, a message at a time.
type said struct {
	mu   sync.Mutex
	conn net.Conn
}

func (s *said) tell(told *networkv1.Told) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return control.Send(s.conn, told)
}

// Write has the supervisor keep a line of the log of what its sandbox was denied.
func (s *said) Write(line []byte) (int, error) {
	if err := s.tell(&networkv1.Told{Told: &networkv1.Told_Denial{Denial: line}}); err != nil {
		return 0, err
	}
	return len(line), nil
}

// endUnused ends the gateway when nobody is attached and nobody is about to be.
func (s *server) endUnused(ctx context.Context) {
	s.ending.Lock()
	defer s.ending.Unlock()
	if s.Sandboxes() > 0 || ctx.Err() != nil {
		return
	}
	// The file keeps its name as long as the gateway's lock is held.
	if flock.Exclusive(ctx, s.door.Start) != nil {
		return
	}
	defer func() { _ = flock.Unlock(s.door.Start) }()
	if s.Sandboxes() > 0 || ctx.Err() != nil {
		return
	}
	// Who takes the start lock next finds nobody, and whoever left last removes what is there.
	s.shut()
	s.end()
}

// shut has the next supervisor find no gateway.
func (s *server) shut() {
	_ = s.door.Listener.Close()
	_ = s.door.Lock.Close()
}
