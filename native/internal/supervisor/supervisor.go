// Package supervisor owns one microVM from its disk to its end: it spawns the VMM, configures the
// guest, serves front ends and leaves a result. It outlives whoever started it; nothing that the
// guest or a front end does keeps it from stopping in time.
package supervisor

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/console"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/hostclock"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/libkrun"
	"sandboxfile/native/internal/ports"
	"sandboxfile/native/internal/relay"
	"sandboxfile/native/internal/rundir"
	"sandboxfile/native/internal/vmm"
	"sandboxfile/native/internal/volume"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

// Options are what the process around the supervisor gives it.
type Options struct {
	// Home keeps what is measured once per host boot, and templates.
	Home string
	// MakeTemplate starts the making of the template that this spec's guest could have come from, in a
	// process that depends on nobody.
	MakeTemplate func(*machinev1.MachineSpec) error
	// StartGateway starts the gateway of the member's network, in a process that depends on nobody, and
	// returns when it listens.
	StartGateway func(context.Context, *networkv1.Member) error
	// Spare is a guest that waits for this life; nil: there is none.
	Spare *Spare
	// Listening is called once the socket serves: the starter's wait is over. crashPath is where
	// this process's last words belong from then on.
	Listening func(crashPath string)
}

// Run lives one sandbox's life. It returns an error only when that life has not begun: nothing was
// changed then. The end of ctx asks the sandbox to stop.
func Run(ctx context.Context, spec *machinev1.MachineSpec, options Options) error {
	meter := hostclock.NewMeter(options.Home)
	program, err := check(spec)
	if err != nil {
		return err
	}
	shared, err := openVolumes(spec)
	if err != nil {
		return err
	}
	folder, err := rundir.Claim(spec.GetRunFolder())
	if err != nil {
		return err
	}
	user := imagestore.User{Project: spec.GetProject(), Sandbox: spec.GetSandbox()}
	image, err := imagestore.Use(ctx, spec.GetRootDisk(), user)
	if err != nil {
		return errors.Join(err, folder.Release())
	}
	m, err := newMachine(spec, folder)
	if err != nil {
		return errors.Join(err, image.Release(), folder.Release())
	}
	m.program, m.meter, m.image, m.home, m.volumes = program, meter, image, options.Home, shared
	m.startGateway, m.spare = options.StartGateway, options.Spare
	m.makeTemplate = func() error { return options.MakeTemplate(spec) }
	listener, err := m.open()
	if err != nil {
		m.ports.Close()
		return errors.Join(err, image.Release(), folder.Release())
	}
	front := serve(listener, m)
	options.Listening(folder.CrashPath())
	unhook := context.AfterFunc(ctx, func() { m.stop.request(signalGrace) })
	defer unhook()
	m.finish(m.live(ctx))
	front.close()
	return nil
}

// signalGrace is what SIGTERM leaves the guest's programs.
const signalGrace = 5 * time.Second

// machine is one sandbox.
type machine struct {
	spec    *machinev1.MachineSpec
	program string           // QEMU; empty: there is none
	library *libkrun.Library // nil: QEMU runs the guest
	home    string
	meter   *hostclock.Meter
	folder  *rundir.Folder
	image   *imagestore.Hold
	volumes *volume.Server
	// volumesBroken tells how the serving of the present VMM's volumes ended.
	volumesBroken <-chan error
	console       *console.Console
	log           logWriter
	relay         *relay.Relay
	ports         *ports.Table
	board         *board
	stop          *stopper
	spare         *Spare      // nil: none
	vm            vmm.Machine // nil until spawned

	idle *idle
	// parked: somebody has paused the guest, which goes on when somebody resumes it and not before.
	parked atomic.Bool

	// turn serialises pauses and snapshots, and guards the six below once the guest runs.
	turn   sync.Mutex
	disk   disk.Chain // nil: unknown
	guest  *guest     // while it runs
	paused bool
	// resting: paused because nobody wanted anything of it.
	resting bool
	held    bool // programs, too, when it was paused
	// volumesMoving is why the volumes do not stand still while the guest does; nil: they do.
	volumesMoving error
	marker        []byte // by which another host takes the guest over; nil: it did not agree on one

	place        place
	startGateway func(context.Context, *networkv1.Member) error
	makeTemplate func() error
	aside        sync.WaitGroup // short work beside the sandbox's life, done before its end
}

func newMachine(spec *machinev1.MachineSpec, folder *rundir.Folder) (*machine, error) {
	record, err := console.New(folder.ConsolePath())
	if err != nil {
		return nil, failure.Storage(failurev1.Code_CODE_RUN_FOLDER, folder.ConsolePath(), err)
	}
	log, err := openLog(spec.GetLogFile())
	if err != nil {
		record.Close()
		return nil, failure.Storage(failurev1.Code_CODE_SPEC, spec.GetLogFile(), err)
	}
	m := &machine{
		spec: spec, folder: folder, console: record, log: log,
		relay: relay.New(log), board: newBoard(spec), stop: newStopper(),
	}
	m.ports = ports.New(m.board.publish)
	m.idle = &idle{machine: m, after: time.Duration(spec.GetIdlePauseMs()) * time.Millisecond}
	return m, nil
}

// open publishes the sandbox's ports and listens for front ends.
func (m *machine) open() (net.Listener, error) {
	for _, port := range m.spec.GetPorts() {
		if _, err := m.ports.Publish(port); err != nil {
			return nil, err
		}
	}
	return m.folder.Listen()
}
