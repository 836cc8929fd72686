//go:build !nojail

package jail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

const (
	cgroups     = "/sys/fs/cgroup"
	groupPrefix = "sandboxfile-"
	// mostThreads of a VMM or a gateway.
	mostThreads = 256
	// noMemory is no bound.
	noMemory = "max"
)

// enclose bounds the memory and the threads of the process that has just started, which has not yet run
// anything of a guest's. remove is to be called when it has ended.
func (w *walls) enclose() (remove func(), err error) {
	parent, err := delegated()
	if err != nil {
		return nil, err
	}
	sweepGroups(parent)
	process := strconv.Itoa(w.cmd.Process.Pid)
	group := filepath.Join(parent, groupPrefix+strconv.Itoa(os.Getpid())+"-"+process)
	if err := os.Mkdir(group, 0o755); err != nil {
		return nil, err
	}
	remove = func() { _ = os.Remove(group) }
	memory := noMemory
	if w.profile.MemoryBytes != 0 {
		memory = strconv.FormatUint(w.profile.MemoryBytes, 10)
	}
	for _, setting := range [][2]string{
		{"memory.max", memory}, {"pids.max", strconv.Itoa(mostThreads)}, {"cgroup.procs", process},
	} {
		if err := os.WriteFile(filepath.Join(group, setting[0]), []byte(setting[1]), 0); err != nil {
			remove()
			return nil, err
		}
	}
	return remove, nil
}

// delegated is the next group above this process's own that hands memory and threads down and lets
// this user make groups in it.
func delegated() (string, error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	own := ""
	for line := range strings.Lines(string(text)) {
		if path, unified := strings.CutPrefix(strings.TrimSpace(line), "0::"); unified {
			own = path
		}
	}
	for own != "" && own != "/" {
		own = filepath.Dir(own)
		folder := filepath.Join(cgroups, own)
		handed, err := os.ReadFile(filepath.Join(folder, "cgroup.subtree_control"))
		if err != nil {
			return "", fmt.Errorf("no cgroup v2: %w", err)
		}
		names := strings.Fields(string(handed))
		if slices.Contains(names, "memory") && slices.Contains(names, "pids") && syscall.Access(filepath.Join(folder, "cgroup.procs"), 2) == nil {
			return folder, nil
		}
	}
	return "", errors.New("no cgroup with memory and pids is delegated")
}

// sweepGroups removes those of supervisors that were killed; one with processes cannot be removed.
func sweepGroups(parent string) {
	found, err := filepath.Glob(filepath.Join(parent, groupPrefix+"*"))
	if err != nil {
		return
	}
	for _, group := range found {
		maker, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(group), groupPrefix), "-")
		if _, err := os.Stat("/proc/" + maker); errors.Is(err, os.ErrNotExist) {
			_ = os.Remove(group)
		}
	}
}
