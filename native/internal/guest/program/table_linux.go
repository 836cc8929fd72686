// Package program runs the sandbox's programs: their streams, terminals, clients and ends.
package program

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/sandbox"
)

const (
	maxRunning = 256
	// Ended programs can be listed, and kept ones attached to, for a while.
	maxEnded  = 64
	endedKept = 60 * time.Second
	// Streams attached to one program.
	maxClients = 32
)

// Host starts programs in the sandbox.
type Host interface {
	Launch(sandbox.Command) (sandbox.Child, error)
	OpenPTY(unix.Winsize) (sandbox.PTY, error)
	OOMKills() uint64
}

// Table knows the programs by id.
type Table struct {
	host Host
	read reader

	mu       sync.Mutex
	programs map[string]*Program
	running  int
	serial   uint64
	oomKills uint64 // already put down to a program
	closed   bool
}

// NewTable makes an empty table. read reads small files of the sandbox.
func NewTable(host Host, read func(path string, limit int) ([]byte, error)) *Table {
	return &Table{host: host, read: read, programs: map[string]*Program{}}
}

// Close refuses further starts and hangs up the terminals: interactive shells ignore the SIGTERM
// that everybody else is asked to end with.
func (t *Table) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, p := range t.programs {
		if p != nil && p.master != nil {
			_, _ = p.signal(unix.SIGHUP, false)
		}
	}
}

// start runs spec and answers its program with one client attached.
func (t *Table) start(spec *agentv1.ProcessSpec) (*Program, client, error) {
	if err := check(spec); err != nil {
		return nil, client{}, err
	}
	user, err := findUser(spec.GetUser(), t.read)
	if err != nil {
		return nil, client{}, err
	}
	id, err := t.reserve(spec.GetId())
	if err != nil {
		return nil, client{}, err
	}
	p, err := launch(t.host, id, spec, user)
	if err != nil {
		t.release(id, nil)
		return nil, client{}, err
	}
	reader, _ := p.attach(0)
	t.mu.Lock()
	t.programs[id] = p
	t.mu.Unlock()
	go func() {
		p.watch(t.ranOutOfMemory)
		t.release(id, p)
	}()
	return p, client{reader: reader, fed: true}, nil
}

// reserve claims an id, so that two starts at once cannot both have it.
func (t *Table) reserve(id string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return "", fault.New(connect.CodeUnavailable, failurev1.Code_CODE_STOPPED, "", nil)
	}
	if t.running >= maxRunning {
		return "", fault.Limit("running programs")
	}
	for id == "" {
		t.serial++
		if chosen := "p" + strconv.FormatUint(t.serial, 10); t.vacant(chosen) {
			id = chosen
		}
	}
	if !t.vacant(id) {
		return "", fault.New(connect.CodeAlreadyExists, failurev1.Code_CODE_PROCESS_EXISTS, id, nil)
	}
	t.programs[id] = nil
	t.running++
	return id, nil
}

// vacant: nobody has the id, or one that has ended.
func (t *Table) vacant(id string) bool {
	p, taken := t.programs[id]
	return !taken || p != nil && p.exit() != nil
}

// release gives up a claim; p is nil when nothing was started.
func (t *Table) release(id string, p *Program) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running--
	if p == nil {
		delete(t.programs, id)
		return
	}
	if p.spec.GetOnDetach() != agentv1.OnDetach_ON_DETACH_KEEP {
		p.ring.Release()
	}
	t.forget()
}

// forget drops ended programs that are too old or too many.
func (t *Table) forget() {
	var oldest *Program
	ended := 0
	for id, p := range t.programs {
		if p == nil || p.exit() == nil {
			continue
		}
		if time.Since(p.endedAt) > endedKept {
			delete(t.programs, id)
			continue
		}
		ended++
		if oldest == nil || p.endedAt.Before(oldest.endedAt) {
			oldest = p
		}
	}
	if ended > maxEnded {
		delete(t.programs, oldest.id)
	}
}

func (t *Table) find(id string) (*Program, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget()
	if p := t.programs[id]; p != nil {
		return p, nil
	}
	return nil, fault.New(connect.CodeNotFound, failurev1.Code_CODE_PROCESS_UNKNOWN, id, nil)
}

func (t *Table) list() []*agentv1.ProcessInfo {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget()
	infos := make([]*agentv1.ProcessInfo, 0, len(t.programs))
	for _, p := range t.programs {
		if p != nil {
			infos = append(infos, p.info())
		}
	}
	return infos
}

// ranOutOfMemory tells whether the kernel has killed for memory since it was asked last.
func (t *Table) ranOutOfMemory() bool {
	kills := t.host.OOMKills()
	t.mu.Lock()
	defer t.mu.Unlock()
	more := kills > t.oomKills
	t.oomKills = kills
	return more
}

var (
	errEnded        = errors.New("it has ended")
	errFirstMessage = errors.New("the first message must be start or attach")
)
