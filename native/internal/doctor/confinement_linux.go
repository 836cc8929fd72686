package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func confinement() Confinement {
	found := Confinement{UserNamespaces: userNamespaces()}
	found.Landlock, found.LandlockABI = landlock()
	found.Cgroup, found.Controllers = delegatedCgroup("/proc/self/cgroup", "/sys/fs/cgroup")
	return found
}

// userNamespaces makes one: settings of kernel, distribution and container all have a say in it.
func userNamespaces() Access {
	found := Access{Name: "user namespaces", State: Denied}
	const restricted = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
	if text, err := os.ReadFile(restricted); err == nil && strings.TrimSpace(string(text)) == "1" && os.Geteuid() != 0 {
		found.Reason = restricted + " is 1"
		return found
	}
	// There is nothing to execute at that path; when that is the complaint, the namespace was made.
	const nothing = "/proc/self/nothing"
	_, err := syscall.ForkExec(nothing, []string{nothing}, &syscall.ProcAttr{
		Sys: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER},
	})
	if errors.Is(err, syscall.ENOENT) {
		found.State = Usable
		return found
	}
	found.Reason = "clone: " + err.Error()
	return found
}

func landlock() (Access, int) {
	found := Access{Name: "Landlock", State: Usable}
	const askVersion = 1 // LANDLOCK_CREATE_RULESET_VERSION
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, askVersion)
	switch errno {
	case 0:
		return found, int(version)
	case unix.ENOSYS:
		found.State = Absent
	default:
		found.State = Denied // EOPNOTSUPP: built in and not switched on
	}
	found.Reason = errno.Error()
	return found, 0
}

// delegatedCgroup tells whether this process may make cgroups below its own, and with what.
func delegatedCgroup(membership, root string) (Access, []string) {
	found := Access{Name: root, State: Absent}
	text, err := os.ReadFile(membership)
	if err != nil {
		found.Reason = err.Error()
		return found, nil
	}
	own, unified := unifiedPath(string(text))
	if !unified {
		found.Reason = "no cgroup v2 hierarchy"
		return found, nil
	}
	found.Name = filepath.Join(root, own)
	controllers, err := os.ReadFile(filepath.Join(found.Name, "cgroup.controllers"))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			found.State = Denied
		}
		found.Reason = err.Error()
		return found, nil
	}
	if err := unix.Access(found.Name, unix.W_OK); err != nil {
		found.State, found.Reason = Denied, err.Error()
		return found, nil
	}
	found.State = Usable
	return found, strings.Fields(string(controllers))
}

// unifiedPath finds the line of cgroup v2, whose hierarchy has the number 0 and no controllers.
func unifiedPath(membership string) (string, bool) {
	for line := range strings.Lines(membership) {
		if path, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); found {
			return path, true
		}
	}
	return "", false
}
