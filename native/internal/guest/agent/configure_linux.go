package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/guest/identity"
	"sandboxfile/native/internal/guest/nic"
	"sandboxfile/native/internal/guest/tree"
	"sandboxfile/native/internal/guest/trust"
	"sandboxfile/native/internal/guest/volumes"
	"sandboxfile/native/internal/link"
	"sandboxfile/native/internal/volumewire"
)

const (
	placedRoot  = "/.sandbox"
	maxPlaced   = 1024
	maxHostname = 63
	maxServers  = 16
)

func checkConfigure(request *agentv1.ConfigureRequest) error {
	if err := checkIdentity(request.GetHostname(), request.GetMachineId()); err != nil {
		return err
	}
	if n := len(request.GetEntropy()); n == 0 || n > identity.MaxEntropy {
		return fmt.Errorf("between 1 and %d bytes of entropy are needed", identity.MaxEntropy)
	}
	if len(request.GetFiles()) > maxPlaced || len(request.GetDnsServers()) > maxServers {
		return errors.New("too many files or servers")
	}
	for _, file := range request.GetFiles() {
		if name := file.GetPath(); !filepath.IsLocal(name) || path.Clean(name) != name || name == "." || strings.IndexByte(name, 0) >= 0 {
			return fmt.Errorf("%q does not lie below %s", name, placedRoot)
		}
	}
	if len(request.GetMounts()) > volumewire.MaxVolumes {
		return errors.New("too many mounts")
	}
	for _, mount := range request.GetMounts() {
		if name := mount.GetPath(); !path.IsAbs(name) || path.Clean(name) != name || len(name) > link.MaxPathBytes || strings.IndexByte(name, 0) >= 0 {
			return fmt.Errorf("%q is no mount point", name)
		}
		if len(mount.GetPrivate()) > volumes.MaxPrivate {
			return errors.New("too many private folders")
		}
		for _, name := range mount.GetPrivate() {
			if !filepath.IsLocal(name) || path.Clean(name) != name || name == "." || len(name) > link.MaxPathBytes || strings.IndexByte(name, 0) >= 0 {
				return fmt.Errorf("%q is no folder of %s", name, mount.GetPath())
			}
		}
	}
	if authority := request.GetAuthority(); authority != nil {
		if err := trust.Check(authority); err != nil {
			return err
		}
	}
	for _, server := range request.GetDnsServers() {
		if _, err := netip.ParseAddr(server); err != nil {
			return err
		}
	}
	return nil
}

func mountsOf(request *agentv1.ConfigureRequest) []volumes.Mount {
	mounts := make([]volumes.Mount, len(request.GetMounts()))
	for i, mount := range request.GetMounts() {
		mounts[i] = volumes.Mount{Path: mount.GetPath(), File: mount.GetFile(), ReadOnly: mount.GetReadOnly(), Private: mount.GetPrivate()}
	}
	return mounts
}

// setNetwork gives the network device, if there is one, what makes it this sandbox's.
func (a *Agent) setNetwork(request *agentv1.NetworkInterface) error {
	if request == nil {
		return nil
	}
	settings, err := nic.Read(request)
	if err != nil {
		return err
	}
	if err := nic.Set(a.network, settings); err != nil {
		return err
	}
	a.network = settings
	return nil
}

func checkIdentity(host, machineID string) error {
	if host == "" || len(host) > maxHostname || strings.ContainsAny(host, "/ \t\r\n\x00") {
		return errors.New("the host name must have 1 to 63 bytes without spaces or slashes")
	}
	if len(machineID) != 32 || strings.Trim(machineID, "0123456789abcdef") != "" {
		return errors.New("the machine id must be 32 hex digits")
	}
	return nil
}

func identify(request *agentv1.ConfigureRequest) error {
	return errors.Join(
		identity.SetClock(request.GetUnixNanos()),
		identity.AddEntropy(request.GetEntropy()),
	)
}

// place writes the files of this start, and the few of /etc that carry the sandbox's identity.
func place(files *tree.Tree, request *agentv1.ConfigureRequest) error {
	for _, file := range request.GetFiles() {
		name := placedRoot + "/" + file.GetPath()
		if err := makeFolders(files, name); err != nil {
			return fmt.Errorf("place %s: %w", name, err)
		}
		if holds(files, name, file.GetMode()&0o777, file.GetContent()) {
			continue
		}
		if err := put(files, name, file.GetMode()&0o777, file.GetContent()); err != nil {
			return fmt.Errorf("place %s: %w", name, err)
		}
	}
	if err := identityFiles(files, request); err != nil {
		return err
	}
	if authority := request.GetAuthority(); authority != nil {
		if err := makeFolders(files, trust.Folder+"/"); err != nil {
			return err
		}
		return trust.Add(files, authority, func(name string, content []byte) error { return put(files, name, 0o644, content) })
	}
	return nil
}

func identityFiles(files *tree.Tree, request *agentv1.ConfigureRequest) error {
	if err := ensureFolder(files, "/etc", 0o755); err != nil {
		return err
	}
	if err := ensureFolder(files, "/tmp", 0o1777); err != nil {
		return err
	}
	contents := identityContents(request)
	if hosts, err := files.ReadSmall(hostsFile, maxHosts); err == nil && len(hosts) > 0 || err != nil && !errors.Is(err, unix.ENOENT) {
		delete(contents, hostsFile)
	}
	for name, content := range contents {
		old, err := files.ReadSmall(name, 1<<20)
		if err == nil && bytes.Equal(old, []byte(content)) {
			continue
		}
		if err := put(files, name, 0o644, []byte(content)); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

const (
	hostnameFile = "/etc/hostname"
	hostsFile    = "/etc/hosts"
	maxHosts     = 1 << 20
)

func hostLine(host string) string { return "127.0.1.1\t" + host + "\n" }

// identityContents are all files that say which sandbox this is.
func identityContents(request *agentv1.ConfigureRequest) map[string]string {
	host := request.GetHostname()
	contents := map[string]string{
		hostnameFile:      host + "\n",
		"/etc/machine-id": request.GetMachineId() + "\n",
		hostsFile:         "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n" + hostLine(host),
	}
	if servers := request.GetDnsServers(); len(servers) > 0 {
		contents["/etc/resolv.conf"] = "nameserver " + strings.Join(servers, "\nnameserver ") + "\n"
	}
	return contents
}

// put makes a file anew: what was under its name, a symlink too, is replaced.
func put(files *tree.Tree, name string, mode uint32, content []byte) error {
	dir, base, err := files.OpenParent(name)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	if err := unix.Unlinkat(int(dir.Fd()), base, 0); err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	file, err := files.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Chmod(fileMode(mode)), file.Close())
}

// holds tells whether put would change nothing, as at most starts: under software emulation making a file
// costs milliseconds.
func holds(files *tree.Tree, name string, mode uint32, content []byte) bool {
	file, err := files.Open(name, unix.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	var found unix.Stat_t
	if unix.Fstat(int(file.Fd()), &found) != nil {
		return false
	}
	if found.Mode != unix.S_IFREG|mode || found.Uid != 0 || found.Gid != 0 || found.Nlink != 1 || found.Size != int64(len(content)) {
		return false
	}
	held := make([]byte, len(content))
	n, err := file.ReadAt(held, 0)
	return n == len(held) && (err == nil || errors.Is(err, io.EOF)) && bytes.Equal(held, content)
}

func makeFolders(files *tree.Tree, name string) error {
	for at, c := range name {
		if c == '/' && at > len(placedRoot) {
			if err := ensureFolder(files, name[:at], 0o755); err != nil {
				return err
			}
		}
	}
	return nil
}

// ensureFolder makes a directory unless something, a symlink too, has its name.
func ensureFolder(files *tree.Tree, name string, mode uint32) error {
	dir, base, err := files.OpenParent(name)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	err = unix.Mkdirat(int(dir.Fd()), base, mode)
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	if err != nil {
		return err
	}
	return unix.Fchmodat(int(dir.Fd()), base, mode, 0)
}

func fileMode(mode uint32) fs.FileMode { return fs.FileMode(mode & 0o777) }
