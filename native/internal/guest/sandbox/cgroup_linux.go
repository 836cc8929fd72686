package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/meminfo"
)

const (
	cgroupMount = "/sys/fs/cgroup"
	cgroupDir   = cgroupMount + "/sandbox"
	// What the agent and the kernel keep for themselves when programs take all they can get.
	reservedBytes = 16 << 20
	reservedPIDs  = 256
)

// cgroup holds every process of the sandbox but its init. The agent stays outside, so programs
// that run out of memory or processes leave it enough of both.
type cgroup struct {
	dir *os.File
	// freezer holds and lets go. It stays open, since to open it costs a guest that wakes up more than to use it.
	freezer int
}

func newCgroup() (*cgroup, error) {
	// favordynmods: without it the first move between groups waits for an RCU grace period.
	err := unix.Mount("cgroup2", cgroupMount, "cgroup2", plain, "favordynmods")
	if err != nil && !errors.Is(err, unix.EBUSY) {
		return nil, fmt.Errorf("mount cgroup2: %w", err)
	}
	if err := write(cgroupMount+"/cgroup.subtree_control", "+cpu +io +memory +pids"); err != nil {
		return nil, err
	}
	if err := os.Mkdir(cgroupDir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if memory, err := meminfo.Read(); err == nil && memory.AvailableBytes > 2*reservedBytes {
		limit := strconv.FormatUint(memory.AvailableBytes-reservedBytes, 10)
		if err := write(cgroupDir+"/memory.max", limit); err != nil {
			return nil, err
		}
	}
	if limit := pidLimit(); limit > 0 {
		if err := write(cgroupDir+"/pids.max", strconv.Itoa(limit)); err != nil {
			return nil, err
		}
	}
	dir, err := os.Open(cgroupDir)
	if err != nil {
		return nil, err
	}
	freezer, err := unix.Open(cgroupDir+"/cgroup.freeze", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return &cgroup{dir: dir, freezer: freezer}, nil
}

func pidLimit() int {
	limit := 1 << 22
	for _, name := range []string{"threads-max", "pid_max"} {
		text, err := os.ReadFile("/proc/sys/kernel/" + name)
		if err != nil {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			limit = min(limit, n)
		}
	}
	return max(limit-reservedPIDs, limit/2)
}

// inside runs enter while the agent is a member, so that a cgroup namespace made by it has the
// sandbox's group as its root.
func (c *cgroup) inside(enter func() error) error {
	if err := write(cgroupDir+"/cgroup.procs", "0"); err != nil {
		return err
	}
	err := enter()
	return errors.Join(err, write(cgroupMount+"/cgroup.procs", "0"))
}

func (c *cgroup) fd() int { return int(c.dir.Fd()) }

func (c *cgroup) oomKills() uint64 {
	file, err := os.Open(cgroupDir + "/memory.events")
	if err != nil {
		return 0
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "oom_kill "); ok {
			n, _ := strconv.ParseUint(text, 10, 64)
			return n
		}
	}
	return 0
}

// signal sends sig to every process of the sandbox.
func (c *cgroup) signal(sig unix.Signal) {
	_ = filepath.WalkDir(cgroupDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path + "/cgroup.procs")
		if err != nil {
			return nil
		}
		for _, field := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(field); err == nil && pid > 1 {
				_ = unix.Kill(pid, sig)
			}
		}
		return nil
	})
}

// beginFreeze has the kernel hold every process still, also those that are being forked, until thaw.
func (c *cgroup) beginFreeze() error { return c.setFrozen("1") }

// freeze holds every process still and reports whether all are within limit.
func (c *cgroup) freeze(limit time.Duration) bool {
	return c.beginFreeze() == nil && c.await("frozen 1", limit)
}

func (c *cgroup) thaw() error { return c.setFrozen("0") }

func (c *cgroup) setFrozen(frozen string) error {
	_, err := unix.Pwrite(c.freezer, []byte(frozen), 0)
	return err
}

// kill ends every process of the sandbox, also those that are being forked.
func (c *cgroup) kill() error { return write(cgroupDir+"/cgroup.kill", "1") }

// waitEmpty waits until no process is left and reports whether that came to pass in time.
func (c *cgroup) waitEmpty(limit time.Duration) bool { return c.await("populated 0", limit) }

// await waits until the group's events say so.
func (c *cgroup) await(event string, limit time.Duration) bool {
	events, err := os.Open(cgroupDir + "/cgroup.events")
	if err != nil {
		return false
	}
	defer func() { _ = events.Close() }()
	deadline := time.Now().Add(limit)
	text := make([]byte, 256)
	for {
		n, err := events.ReadAt(text, 0)
		if n == 0 && err != nil {
			return false
		}
		if strings.Contains(string(text[:n]), event) {
			return true
		}
		left := time.Until(deadline)
		if left <= 0 {
			return false
		}
		// The kernel marks the file with POLLPRI when it changes after a read.
		waiting := []unix.PollFd{{Fd: int32(events.Fd()), Events: unix.POLLPRI}}
		if _, err := unix.Poll(waiting, int(left.Milliseconds())+1); err != nil && !errors.Is(err, unix.EINTR) {
			return false
		}
	}
}

func write(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}
