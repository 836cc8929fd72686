// Package qemu runs one microVM under QEMU. Everything between the two processes goes over
// inherited socket pairs: no path on disk leads into the VM.
package qemu

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/qmp"
	"sandboxfile/native/internal/vmm"
)

// Config is what a microVM is made of. Paths are absolute.
type Config struct {
	Program   string
	CPUs      uint32
	MemoryMiB uint32
	Kernel    string
	AgentDisk string
	RootDisk  string
	Disk      disk.Chain
	// ClockKHz is the host's counter rate; 0: the guest finds out by itself.
	ClockKHz uint64
	// Network: the guest has a network device.
	Network bool
	// LocalTimers: a booting guest is woken by its processors' own timers. It has to measure their rate, which takes time and
	// may go wrong (see TrueTimers).
	LocalTimers bool
	// Lock, if any, is inherited and never used: while QEMU lives, so does the ownership of the disk.
	Lock *os.File
	// RAM holds the guest's memory; nil: QEMU's own.
	RAM *RAM
	// State is where a saved guest goes on from, whose memory is in RAM; nil: the guest boots.
	State *os.File
	// Devices: the state is from SaveDevices, and the guest was running elsewhere.
	Devices bool
}

// RAM is a file of the size of the guest's memory.
type RAM struct {
	File *os.File
	// Shared: the guest writes into the file. Otherwise what it writes is its own and the file, which
	// many may use at once, stays as it is.
	Shared bool
}

// VM is a running QEMU.
type VM struct {
	// Link is the host's end of the agent's port, Console that of the kernel's console, Volumes that of
	// the port for volumes. They are the reader's to close.
	Link    net.Conn
	Console net.Conn
	Volumes net.Conn
	Control *qmp.Client
	Network *os.File // see vmm.Streams

	*vmm.Process

	memory  int64    // bytes of the guest's
	ram     *os.File // of the config, owned by the VM; nil: none
	topDisk string   // the node that is written to
	layers  int      // that were put on top of the disk since the start
	state   string   // the source of the state to go on from, in QEMU's terms
}

// Find resolves the program; an empty name is the guest architecture's default.
func Find(program string) (string, error) {
	if program == "" {
		program = defaultProgram
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return "", failure.New(failurev1.Code_CODE_VMM_MISSING, program, errors.Unwrap(err))
	}
	return path, nil
}

// Start spawns QEMU. When this process dies, in whatever way, QEMU is killed.
func Start(config Config) (*VM, error) {
	pairs, err := newPairs(config.Network)
	if err != nil {
		return nil, failure.New(failurev1.Code_CODE_VMM_FAILED, config.Program, err)
	}
	defer pairs.closeGuestEnds()
	ram, err := keepRAM(config.RAM)
	if err != nil {
		pairs.closeHostEnds()
		return nil, failure.New(failurev1.Code_CODE_VMM_FAILED, config.Program, err)
	}
	vm := &VM{memory: int64(config.MemoryMiB) << 20, ram: ram, topDisk: changesNode}
	inherited := &descriptors{files: pairs.guestEnds()}
	if config.Lock != nil {
		inherited.add(config.Lock)
	}
	if config.State != nil {
		vm.state = fmt.Sprintf("fd:%d", inherited.add(config.State))
	}
	defer inherited.closeOwn()
	line := arguments(config, inherited)
	if err = inherited.err; err == nil {
		vm.Process, err = vmm.Spawn(vmm.Command{
			Program: config.Program, Arguments: line, Files: inherited.files, Jail: profile(config, inherited),
			Ended: func() { ram.Close() },
		})
	}
	if err != nil {
		pairs.closeHostEnds()
		ram.Close()
		return nil, startFailure(config.Program, err)
	}
	vm.Link, vm.Console, vm.Volumes = pairs.link.host, pairs.console.host, pairs.volumes.host
	vm.Control, vm.Network = qmp.NewClient(pairs.control.host), pairs.network.host
	return vm, nil
}

// keepRAM makes the memory's file the VM's own.
func keepRAM(ram *RAM) (*os.File, error) {
	if ram == nil {
		return nil, nil
	}
	fd, err := unix.FcntlInt(ram.File.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	return os.NewFile(uintptr(fd), ram.File.Name()), nil
}

func startFailure(program string, err error) error {
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOEXEC) {
		return failure.New(failurev1.Code_CODE_VMM_MISSING, program, err)
	}
	return failure.New(failurev1.Code_CODE_VMM_FAILED, program, err)
}
