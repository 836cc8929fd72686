package agent

import (
	"errors"
	"maps"
	"strings"

	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/sandbox"
	"sandboxfile/native/internal/guest/tree"
)

// names are the files that say which guest this is, open while it is held still. A guest that goes on
// from it writes its own into them: that is a fraction of what making files costs an emulated kernel
// that has never done it.
type names struct {
	bootID   int
	bootFail error
	files    map[string]int // those of placed that nobody has changed
}

func openNames(of *sandbox.Sandbox, files *tree.Tree, placed map[string]string) *names {
	n := &names{files: make(map[string]int)}
	n.bootID, n.bootFail = of.OpenBootID()
	for name, content := range placed {
		if fd, same := openIf(files, name, content); same {
			n.files[name] = fd
		}
	}
	return n
}

func (n *names) close() {
	if n == nil {
		return
	}
	if n.bootFail == nil {
		_ = unix.Close(n.bootID)
		n.bootFail = errClosed
	}
	for name, fd := range n.files {
		_ = unix.Close(fd)
		delete(n.files, name)
	}
}

var errClosed = errors.New("closed")

// openIf opens a file for writing if it has this content.
func openIf(files *tree.Tree, name, content string) (int, bool) {
	found, err := files.ReadSmall(name, len(content))
	if err != nil || string(found) != content {
		return -1, false
	}
	file, err := files.Open(name, unix.O_WRONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, false
	}
	defer func() { _ = file.Close() }()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	return fd, err == nil
}

// rename makes the guest of a snapshot another one.
func (a *Agent) rename(to *agentv1.Identity) error {
	if err := checkIdentity(to.GetHostname(), to.GetMachineId()); err != nil {
		return err
	}
	if len(to.GetBootId()) != 36 || strings.Trim(to.GetBootId(), "0123456789abcdef-") != "" {
		return errors.New("the boot id must be a UUID")
	}
	if a.names == nil {
		return errors.New("the guest was not held still")
	}
	if err := errors.Join(a.names.bootFail, a.sandbox.SetHostname(to.GetHostname())); err != nil {
		return err
	}
	if err := a.setNetwork(to.GetNetwork()); err != nil {
		return err
	}
	if err := overwrite(a.names.bootID, to.GetBootId()+"\n", 0); err != nil {
		return err
	}
	contents := identityContents(&agentv1.ConfigureRequest{Hostname: to.GetHostname(), MachineId: to.GetMachineId()})
	placed := maps.Clone(a.placed)
	for name, content := range contents {
		fd, open := a.names.files[name]
		var err error
		switch {
		case open:
			err = overwrite(fd, content, len(a.placed[name]))
		case name == hostsFile:
			before, after := hostLine(strings.TrimSpace(a.placed[hostnameFile])), hostLine(to.GetHostname())
			err = renameHost(a.tree, before, after)
			content = strings.Replace(a.placed[name], before, after, 1)
		default:
			err = put(a.tree, name, 0o644, []byte(content))
		}
		if err != nil {
			return err
		}
		placed[name] = content
	}
	a.placed = placed
	return nil
}

// overwrite replaces what a file holds, which is so long.
func overwrite(fd int, content string, before int) error {
	if _, err := unix.Pwrite(fd, []byte(content), 0); err != nil {
		return err
	}
	if len(content) < before {
		return unix.Ftruncate(fd, int64(len(content)))
	}
	return nil
}

// renameHost gives the line that names the sandbox in its table of hosts the new name, if it is there as it
// was written at the start. The rest of the table stays.
func renameHost(files *tree.Tree, before, after string) error {
	hosts, err := files.ReadSmall(hostsFile, maxHosts)
	text := "\n" + string(hosts)
	if err != nil || before == after || !strings.Contains(text, "\n"+before) {
		return nil // it is the user's own
	}
	text = strings.Replace(text, "\n"+before, "\n"+after, 1)
	return put(files, hostsFile, 0o644, []byte(text[1:]))
}
