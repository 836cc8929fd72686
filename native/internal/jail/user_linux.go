//go:build !nojail

package jail

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// firstUser begins the range of users that belong to nobody: above those that distributions, containers
// and network directories give out, below the half that some programs take for negative.
const firstUser = 0x6d00_0000

const (
	othersRead    = 0o004
	othersExecute = 0o001
	// aboveInherited is more than a jailed process inherits.
	aboveInherited = 1000
)

// changeUser makes the process a user of its own: also other jailed ones are not its equals.
func (w *walls) changeUser() error {
	if os.Geteuid() != 0 {
		return nil
	}
	if !w.profile.OwnUser {
		return errors.New("it needs files of root")
	}
	// The last two are what this process needs to end and to save another user's.
	for _, right := range []int{unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_KILL, unix.CAP_SYS_PTRACE} {
		if !holds(right) {
			return errors.New("root lacks capabilities here")
		}
	}
	user := uint32(firstUser + os.Getpid())
	for _, file := range []string{"/proc/self/uid_map", "/proc/self/gid_map"} {
		if mapped, err := maps(file, user); err != nil || !mapped {
			return errors.Join(errors.New("the user namespace has too few users"), err)
		}
	}
	program, err := w.program()
	if err != nil {
		return err
	}
	for _, file := range w.profile.Reopened {
		if info, err := file.Stat(); err != nil || info.Mode().Perm()&othersRead == 0 {
			return fmt.Errorf("%s is not open to other users", file.Name())
		}
	}
	w.executed = program
	w.attributes().Credential = &syscall.Credential{Uid: user, Gid: user}
	return nil
}

// program is the path by which another user executes the program. It may be in a folder that is closed to others: it
// is executed by an open descriptor, which goes with all but scripts.
func (w *walls) program() (string, error) {
	if openToAll(w.cmd.Path) {
		return w.cmd.Path, nil
	}
	info, err := os.Stat(w.cmd.Path)
	if err != nil {
		return "", err
	}
	if _, err := loaderOf(w.cmd.Path); err != nil {
		return "", err
	}
	if info.Mode().Perm()&othersExecute == 0 {
		return "", fmt.Errorf("%s is not open to other users", w.cmd.Path)
	}
	fd, err := unix.Open(w.cmd.Path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", &os.PathError{Op: "open", Path: w.cmd.Path, Err: err}
	}
	defer unix.Close(fd)
	// Above all numbers that the child's own descriptors get.
	w.executable, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, aboveInherited)
	if err != nil {
		return "", os.NewSyscallError("fcntl", err)
	}
	return "/proc/self/fd/" + strconv.Itoa(w.executable), nil
}

func maps(file string, id uint32) (bool, error) {
	opened, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer opened.Close()
	lines := bufio.NewScanner(opened)
	for lines.Scan() {
		var first, outside, count uint32
		if _, err := fmt.Sscan(lines.Text(), &first, &outside, &count); err != nil {
			return false, err
		}
		if id >= first && id-first < count {
			return true, nil
		}
	}
	return false, lines.Err()
}

// openToAll tells whether any user can execute the file.
func openToAll(path string) bool {
	for ; path != "/"; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&othersExecute == 0 {
			return false
		}
	}
	return true
}
