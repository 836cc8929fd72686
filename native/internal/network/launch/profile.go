package launch

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sandboxfile/native/internal/jail"
)

// ResolvConf names the host's resolvers.
const ResolvConf = "/etc/resolv.conf"

// services keep the file where they are, each in a folder of its own: a link leads to the one that has the say.
var services = []string{
	"/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf", "/run/connman", "/run/netconfig",
}

// certificates are of the authorities that the host trusts, for connections of the gateway's own.
var certificates = []string{
	"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs", "/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted", "/etc/ca-certificates/extracted", "/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates", "/var/lib/ca-certificates",
}

// The variables by which a user has chosen other authorities than the host's.
const (
	certificateFile    = "SSL_CERT_FILE"
	certificateFolders = "SSL_CERT_DIR"
)

func chosenCertificates() (paths []string) {
	for _, path := range append(filepath.SplitList(os.Getenv(certificateFolders)), os.Getenv(certificateFile)) {
		if filepath.IsAbs(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// environment is all of the user's that the gateway gets: whatever else is in it is nobody's business there.
func environment(home string) []string {
	given := []string{"MENV_HOME=" + home}
	for _, name := range []string{certificateFile, certificateFolders} {
		if value := os.Getenv(name); value != "" {
			given = append(given, name+"="+value)
		}
	}
	return given
}

// profile is what a gateway needs: what the host says of resolvers and authorities.
func profile() jail.Profile {
	chosen := chosenCertificates()
	return jail.Profile{
		Read:    slices.Concat(resolvers(ResolvConf), certificates, chosen),
		Shown:   replacedIn(ResolvConf),
		Network: true,
		OwnUser: !slices.ContainsFunc(chosen, kept),
	}
}

// kept tells whether others may not read the file or folder.
func kept(path string) bool {
	const read, enter = 0o004, 0o001
	info, err := os.Stat(path)
	if err != nil {
		return false // and nobody misses it
	}
	wanted := fs.FileMode(read)
	if info.IsDir() {
		wanted |= enter
	}
	for info.Mode().Perm()&wanted == wanted {
		if path == "/" {
			return false
		}
		path, wanted = filepath.Dir(path), enter
		if info, err = os.Stat(path); err != nil {
			return true
		}
	}
	return true
}

// resolvers are the file and, where a service replaces it by another one, the folder that it is in.
func resolvers(path string) []string {
	if folder := folderOf(path); strings.HasPrefix(folder, "/run/") {
		return []string{path, folder}
	}
	return []string{path}
}

// replacedIn is where the file may be replaced, too, by a link as well, and where there is more than that: who is not
// root sees there what everybody may see.
func replacedIn(path string) []string {
	return append([]string{filepath.Dir(path)}, services...)
}

// folderOf is where the file is that a path leads to; empty: there is none.
func folderOf(path string) string {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	return filepath.Dir(target)
}
