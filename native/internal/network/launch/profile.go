package launch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/jail"
)

// ResolvConf names the host's resolvers.
const ResolvConf = "/etc/resolv.conf"

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

// profile is what the gateway of this member's network needs: the network's folder, which goes with it, the
// folder of the logs of what its members were denied, and what the host says of resolvers and authorities.
func profile(member *networkv1.Member) jail.Profile {
	needed := jail.Profile{
		Read:    slices.Concat(resolvers(ResolvConf), certificates, chosenCertificates()),
		Write:   []string{member.GetFolder()},
		Emptied: []string{filepath.Dir(member.GetFolder())},
		Network: true,
	}
	if logs := logFolder(member); logs != "" {
		needed.Write = append(needed.Write, logs)
	}
	return needed
}

// logFolder is the same for all members of a network; empty: nothing is logged.
func logFolder(member *networkv1.Member) string {
	if path := member.GetAuditFile(); filepath.IsAbs(path) {
		return filepath.Dir(path)
	}
	return ""
}

// resolvers are the file and, where it may be replaced by another one, the folder that it is in. A file in /etc
// itself is replaced there, too; but root would see there what is nobody's business, and so keeps the first.
func resolvers(path string) []string {
	files := []string{path}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return files
	}
	folder := filepath.Dir(target)
	if strings.HasPrefix(folder, "/run/") || folder == "/etc" && os.Geteuid() != 0 {
		files = append(files, folder)
	}
	return files
}
