// Package sandbox makes the guest's one sandbox: the overlay root, the namespaces that programs
// live in, and the thread that starts them there. It is made in two steps: Prepare does what is the
// same for every sandbox, and a guest that has got so far is what templates keep; Start does the rest.
//
// The agent itself stays in the guest's initial namespaces, where programs can neither see nor
// signal it. One thread of the agent enters the sandbox for good (see launcher); whatever it forks
// is a child of the agent and a citizen of the sandbox.
package sandbox

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Disks are the block devices a sandbox is made of.
type Disks struct {
	Image string // read-only root file system, ext4 or EROFS
	RW    string // ext4 with journal: the sandbox's changes
}

// StepError names the step that failed.
type StepError struct {
	Step string
	Err  error
}

func (e *StepError) Error() string { return e.Step + ": " + e.Err.Error() }
func (e *StepError) Unwrap() error { return e.Err }

// Sandbox is the prepared, then running sandbox. It ends with Release.
type Sandbox struct {
	disks    Disks
	failed   error // of Prepare, for Start to tell
	launcher *launcher
	cgroup   *cgroup
	oom      *oomGuard
	pauses   pauses

	// gate is held by a launch, and by Freeze until Thaw: a program forked into a frozen group would stop
	// before its exec, and with it the thread that forks and the agent's one processor.
	gate      chan struct{}
	frozen    bool // Freeze has the gate
	heldSince time.Time

	initPID int
	root    int // O_PATH on the root directory
	upper   int // O_PATH on the overlay's folder of changes
	image   int // O_PATH on the root of the image
	pts     int // O_PATH on the root of the sandbox's devpts
	disk    int // the disk once more, attached nowhere
	agentNS int // the agent's mount namespace
	kept    int // a detached mount of the image's disk, which holds what the kernel has read of it; -1: none
}

// Prepare makes everything that depends neither on the disks' content nor on the sandbox's name. What
// goes wrong is told by Start, for which there is somebody to listen.
func Prepare(disks Disks) *Sandbox {
	s := &Sandbox{disks: disks, root: -1, upper: -1, image: -1, pts: -1, disk: -1, pauses: newPauses(), agentNS: -1, kept: -1, gate: make(chan struct{}, 1)}
	s.failed = s.prepare()
	return s
}

// Start finishes the sandbox under this host name. It is called once.
func (s *Sandbox) Start(hostname string) error {
	if s.failed != nil {
		return s.failed
	}
	return s.onLauncher([]step{
		{"hostname", func() error { return unix.Sethostname([]byte(hostname)) }},
		{"image disk", s.mountImage},
		{"sandbox disk", func() error { return mountDisk(s.disks.RW) }},
		{"disk folders", s.openDisk},
		{"overlay", mountOverlay},
		{"overlay folders", s.openOverlay},
		{"kernel file systems", attachKernelFileSystems},
		{"root", func() (err error) { s.root, err = enterRoot(); return err }},
		{"capabilities", dropCapabilities},
	})
}

// Root is a descriptor (O_PATH) of the root directory that programs see. It belongs to s.
func (s *Sandbox) Root() int { return s.root }

// Upper is a descriptor (O_PATH) of the overlay's folder of changes. It belongs to s.
func (s *Sandbox) Upper() int { return s.upper }

// Image is a descriptor (O_PATH) of the root of the image below the changes. It belongs to s.
func (s *Sandbox) Image() int { return s.image }

// OOMKills counts the programs that the kernel has killed for want of memory.
func (s *Sandbox) OOMKills() uint64 { return s.cgroup.oomKills() }

func (s *Sandbox) prepare() (err error) {
	if s.agentNS, err = unix.Open("/proc/self/ns/mnt", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return &StepError{"namespaces", err}
	}
	if s.oom, err = newOOMGuard(); err != nil {
		return &StepError{"memory protection", err}
	}
	if s.cgroup, err = newCgroup(); err != nil {
		return &StepError{"cgroup", err}
	}
	const namespaces = unix.CLONE_FS | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS |
		unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP
	s.launcher = newLauncher()
	return s.onLauncher([]step{
		{"namespaces", func() error { return s.cgroup.inside(func() error { return unix.Unshare(namespaces) }) }},
		{"workspace", makeWorkspace},
		{"init", s.startInit},
		{"proc", mountProc},
		{"kernel file systems", func() (err error) { s.pts, err = mountKernelFileSystems(); return err }},
		{"devices", makeDevices},
	})
}

type step struct {
	name string
	run  func() error
}

// onLauncher takes steps on the launcher's thread, until one fails.
func (s *Sandbox) onLauncher(steps []step) (err error) {
	s.launcher.do(func() {
		for _, step := range steps {
			if failed := step.run(); failed != nil {
				err = &StepError{step.name, failed}
				return
			}
		}
	})
	return err
}

// startInit makes the first process of the pid namespace: it adopts and reaps orphans. Being its
// namespace's init, without handlers, it is immune to signals from inside.
func (s *Sandbox) startInit() (err error) {
	s.initPID, err = spawn("init", initProgram())
	return err
}

func mountProc() error {
	if err := ensureDir(procTarget); err != nil {
		return err
	}
	pid, err := spawn("mount-proc", procProgram())
	if err != nil {
		return err
	}
	var status unix.WaitStatus
	for {
		_, err = unix.Wait4(pid, &status, 0, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	switch {
	case err != nil:
		return err
	case !status.Exited():
		return fmt.Errorf("mount-proc was killed by %v", status.Signal())
	case status.ExitStatus() != 0:
		return syscall.Errno(status.ExitStatus())
	}
	return nil
}

func spawn(name string, program []byte) (pid int, err error) {
	path := workspace + "/" + name
	if err := os.WriteFile(path, program, 0o555); err != nil {
		return 0, err
	}
	pid, err = syscall.ForkExec(path, []string{name}, &syscall.ProcAttr{Dir: "/", Sys: &syscall.SysProcAttr{Setsid: true}})
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", name, err)
	}
	return pid, nil
}
