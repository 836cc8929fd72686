//go:build !nojail

package jail

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Start is cmd.Start of a process in a jail. It adds to the command's attributes, and ended is called when
// the process has been waited for. What the child inherits is taken from a thread for good, so that
// thread is used for nothing else; a death signal, which is tied to it, comes when this process dies.
func Start(cmd *exec.Cmd, profile Profile, ended func()) ([]Part, error) {
	w := &walls{cmd: cmd, profile: profile}
	started, enclosed := make(chan error), make(chan func())
	go onOwnThread(func() {
		err := w.start()
		started <- err
		if err != nil {
			return
		}
		remove := <-enclosed
		// The command's state says what Wait's error would.
		_ = cmd.Wait()
		go func() {
			remove()
			ended()
		}()
	})
	if err := <-started; err != nil {
		return nil, err
	}
	// Behind its walls, the thread itself could not.
	remove := func() {}
	w.build(PartCgroup, func() error {
		made, err := w.enclose()
		if err == nil {
			remove = made
		}
		return err
	})
	enclosed <- remove
	return w.parts, nil
}

// onOwnThread ends the thread with f. It is not the first one, which stands for the whole process when
// the kernel asks who is behind the same walls.
func onOwnThread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != os.Getpid() {
		f()
		return
	}
	defer runtime.UnlockOSThread()
	done := make(chan struct{})
	go func() {
		defer close(done)
		onOwnThread(f)
	}()
	<-done
}

// walls is a jail that is being built around the calling thread.
type walls struct {
	cmd     *exec.Cmd
	profile Profile
	parts   []Part
	// executed is the path by which the child executes its program, when it is not the command's own.
	executed string
	// executable is an open descriptor of the program; 0: none.
	executable int
}

func (w *walls) start() error {
	w.build(PartInherited, closeInherited)
	w.build(PartLimits, limit)
	w.build(PartUser, w.changeUser)
	w.build(PartNetwork, w.leaveNetwork)
	w.build(PartRights, w.dropRights)
	w.build(PartFiles, w.restrictFiles)
	w.build(PartSyscalls, w.restrictSyscalls)
	if w.executable != 0 {
		defer unix.Close(w.executable)
	}
	if w.executed != "" {
		w.cmd.Path = w.executed
	}
	return w.cmd.Start()
}

func (w *walls) build(name string, how func() error) {
	part := Part{Name: name}
	if err := how(); err != nil {
		part.Off = err.Error()
	}
	w.parts = append(w.parts, part)
}

// closeInherited keeps from the child what this process itself was given unasked.
func closeInherited() error {
	const first = 3
	if err := unix.CloseRange(first, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return os.NewSyscallError("close_range", err)
	}
	return nil
}

func (w *walls) attributes() *syscall.SysProcAttr {
	if w.cmd.SysProcAttr == nil {
		w.cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	return w.cmd.SysProcAttr
}

// leaveNetwork gives the thread a network namespace with nothing in it. Without the right to, the
// filter of system calls is what keeps the process from making sockets.
func (w *walls) leaveNetwork() error {
	if w.profile.Network || !holds(unix.CAP_SYS_ADMIN) {
		return nil
	}
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	return nil
}

// dropRights leaves a process of another user none, since changing the user takes them. No new
// privileges has to come before the filters.
func (w *walls) dropRights() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	if holds(unix.CAP_SETPCAP) {
		for right := uintptr(0); right <= unix.CAP_LAST_CAP; right++ {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, right, 0, 0, 0); err != nil && err != unix.EINVAL {
				return os.NewSyscallError("prctl", err)
			}
		}
	}
	if w.attributes().Credential != nil {
		return nil
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("capset: %w", err)
	}
	return nil
}

// holds tells whether the thread has a capability.
func holds(right int) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var held [2]unix.CapUserData
	if unix.Capget(&header, &held[0]) != nil {
		return false
	}
	return held[right/32].Effective&(1<<(right%32)) != 0
}
