// Package agent is menv.agent.v1.AgentService: the guest's life from Hello to Shutdown.
package agent

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/guest/export"
	"sandboxfile/native/internal/guest/fault"
	"sandboxfile/native/internal/guest/identity"
	"sandboxfile/native/internal/guest/nic"
	"sandboxfile/native/internal/guest/program"
	"sandboxfile/native/internal/guest/sandbox"
	"sandboxfile/native/internal/guest/timers"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/guest/volumes"
	"sandboxfile/native/internal/link"
)

// Agent holds what Configure makes and Shutdown ends.
type Agent struct {
	prepared *sandbox.Sandbox
	wire     Wire
	version  string
	openNS   uint64 // the guest's clock when the port was opened

	mu         sync.Mutex // serialises Configure and Shutdown, guards the fields below
	configured bool       // tried once, whatever came of it
	sandbox    *sandbox.Sandbox
	tree       *tree.Tree
	placed     map[string]string // files that tell which sandbox this is, by path
	names      *names            // from Freeze to Thaw
	programs   *program.Table
	network    *nic.Settings  // nil: the guest has no network device
	relay      *volumes.Relay // nil: started when there are volumes
	ended      *agentv1.ShutdownResponse

	stopping atomic.Pointer[sandbox.Sandbox] // set, under mu, while Shutdown ends its programs
}

// Wire is what the agent's calls come over.
type Wire interface {
	// Expect makes these bytes begin a new host's connection; nil: none does.
	Expect(marker []byte)
}

// New makes the agent of a guest that has booted and has a sandbox prepared.
func New(prepared *sandbox.Sandbox, wire Wire, version string) *Agent {
	return &Agent{prepared: prepared, wire: wire, version: version, openNS: uptime()}
}

// Tree is the sandbox's file tree, once there is one.
func (a *Agent) Tree() (*tree.Tree, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tree == nil {
		return nil, errNotConfigured
	}
	return a.tree, nil
}

// Programs are the sandbox's programs, once there is a sandbox.
func (a *Agent) Programs() (*program.Table, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.programs == nil {
		return nil, errNotConfigured
	}
	return a.programs, nil
}

// Running is the sandbox with its files, once there is one.
func (a *Agent) Running() (*export.Running, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sandbox == nil {
		return nil, errNotConfigured
	}
	return &export.Running{Sandbox: a.sandbox, Tree: a.tree, Placed: a.placed}, nil
}

var errNotConfigured = connect.NewError(connect.CodeFailedPrecondition, errors.New("the sandbox is not configured"))

// Hello answers as soon as the link works.
func (a *Agent) Hello(_ context.Context, request *agentv1.HelloRequest) (*agentv1.HelloResponse, error) {
	if request.GetProtocol() == 0 {
		return nil, connect.NewError(connect.CodeInvalidArgument, errors.New("generation 0 does not exist"))
	}
	var timerHz uint64
	if request.GetCopied() {
		var err error
		if timerHz, err = timers.Hz(); err != nil {
			return nil, stepFailed("timers", err)
		}
		if err := identity.Prepare(); err != nil {
			return nil, stepFailed("identity", err)
		}
		spareThreads()
		if err := a.startRelay(); err != nil {
			return nil, stepFailed("volumes", err)
		}
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return nil, err
	}
	return &agentv1.HelloResponse{
		Protocol:      link.Generation,
		AgentVersion:  a.version,
		KernelRelease: unix.ByteSliceToString(name.Release[:]),
		UptimeNs:      a.openNS,
		TimerHz:       timerHz,
	}, nil
}

// startRelay has a program ready that costs more to start than all else that volumes need.
func (a *Agent) startRelay() (err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.relay == nil {
		a.relay, err = volumes.StartRelay(volumes.Ready)
	}
	return err
}

// attach mounts what the sandbox is to see of the host, if anything; a.mu is held.
func (a *Agent) attach(files *tree.Tree, mounts []volumes.Mount) (err error) {
	if len(mounts) == 0 {
		return nil
	}
	if a.relay == nil {
		if a.relay, err = volumes.StartRelay(0); err != nil {
			return err
		}
	}
	return a.relay.Attach(a.prepared, files, mounts)
}

// Configure makes the sandbox.
func (a *Agent) Configure(_ context.Context, request *agentv1.ConfigureRequest) (*agentv1.ConfigureResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.configured {
		return nil, connect.NewError(connect.CodeFailedPrecondition, errors.New("the guest is configured already"))
	}
	if err := checkConfigure(request); err != nil {
		return nil, stepFailed("request", err)
	}
	a.configured = true
	if err := identify(request); err != nil {
		return nil, stepFailed("identity", err)
	}
	if err := a.prepared.Start(request.GetHostname()); err != nil {
		if step, ok := errors.AsType[*sandbox.StepError](err); ok {
			return nil, stepFailed(step.Step, step.Err)
		}
		return nil, stepFailed("sandbox", err)
	}
	files := tree.New(a.prepared.Root())
	if err := place(files, request); err != nil {
		return nil, stepFailed("files", err)
	}
	if err := a.attach(files, mountsOf(request)); err != nil {
		if point, ok := errors.AsType[*volumes.PointError](err); ok {
			return nil, fault.New(connect.CodeFailedPrecondition, failurev1.Code_CODE_VOLUME_POINT, point.Path, point.Err)
		}
		return nil, stepFailed("volumes", err)
	}
	if err := a.setNetwork(request.GetNetwork()); err != nil {
		return nil, stepFailed("network", err)
	}
	disk, err := files.Statfs()
	if err != nil {
		return nil, stepFailed("disk size", err)
	}
	a.sandbox, a.tree, a.placed = a.prepared, files, identityContents(request)
	a.programs = program.NewTable(a.prepared, files.ReadSmall)
	block := uint64(disk.Bsize)
	return &agentv1.ConfigureResponse{DiskTotalBytes: disk.Blocks * block, DiskFreeBytes: disk.Bavail * block}, nil
}

const (
	maxGrace = time.Hour
	// How long file operations may take to let go of the disk once they are cancelled.
	letGoLimit = 2 * time.Second
)

// Shutdown ends the sandbox. A second call gets the first one's answer, and its grace counts when
// that is over sooner.
func (a *Agent) Shutdown(_ context.Context, request *agentv1.ShutdownRequest) (*agentv1.ShutdownResponse, error) {
	grace := min(time.Duration(request.GetGraceMs())*time.Millisecond, maxGrace)
	if stopping := a.stopping.Load(); stopping != nil {
		kill := time.AfterFunc(grace, stopping.Kill)
		defer kill.Stop()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended != nil {
		return a.ended, nil
	}
	if a.sandbox == nil {
		// A sandbox that was never made, or only in part, has changed nothing.
		unix.Sync()
		a.configured = true
		a.ended = &agentv1.ShutdownResponse{Clean: true}
		return a.ended, nil
	}
	clean, err := a.end(grace)
	if err != nil {
		return nil, stepFailed("disk", err)
	}
	a.ended = &agentv1.ShutdownResponse{Clean: clean}
	return a.ended, nil
}

// end takes the sandbox down; clean: nothing is left of it, and every byte is on its disk.
func (a *Agent) end(grace time.Duration) (clean bool, err error) {
	a.programs.Close()
	a.names.close()
	a.stopping.Store(a.sandbox)
	gone := a.sandbox.Terminate(grace)
	a.stopping.Store(nil)
	select {
	case <-a.tree.Close():
	case <-time.After(letGoLimit):
	}
	clean, err = a.sandbox.Release()
	return clean && gone, err
}

func stepFailed(step string, err error) error {
	return fault.New(connect.CodeInternal, failurev1.Code_CODE_CONFIGURE, step, err)
}

func uptime() uint64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return 0
	}
	return uint64(now.Nano())
}
