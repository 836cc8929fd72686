// Package trust has the guest's programs trust one more authority, where distributions keep whom they trust
// and where the environment of programs can point.
package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/internal/cabundle"
	"sandboxfile/native/internal/guest/tree"
)

// Folder has the files that the environment points to, made anew at each start.
const Folder = "/.sandbox/authorities"

const (
	projectFile = Folder + "/project.pem"
	bundleFile  = Folder + "/bundle.pem"

	maxCertificate = 16 << 10
	maxBundle      = 4 << 20
)

// anchors are where the tools that make the bundles look for more.
var anchors = []string{"/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors", "/etc/pki/trust/anchors"}

const anchorName = "/sandboxfile.crt"

// Check refuses what is too large.
func Check(authority *agentv1.Authority) error {
	if n := len(authority.GetCertificate()); n == 0 || n > maxCertificate || len(authority.GetRoots()) > cabundle.MaxRoots {
		return errors.New("no certificate, or one that is too large")
	}
	return nil
}

// Put makes a file anew.
type Put func(name string, content []byte) error

// Add has the authority trusted. What is trusted already stays untouched.
func Add(files *tree.Tree, authority *agentv1.Authority, put Put) error {
	own := authority.GetCertificate()
	var all []byte
	for _, name := range cabundle.Files {
		found, err := files.ReadSmall(name, maxBundle)
		if err != nil || len(found) == 0 {
			continue // none there, or none that could be read
		}
		bundle := with(found, own)
		if len(bundle) > len(found) {
			if err := put(name, bundle); err != nil {
				return fmt.Errorf("write %s: %w", name, err)
			}
		}
		if all == nil {
			all = bundle
		}
	}
	if all == nil {
		all = with(authority.GetRoots(), own)
		// In an image where that cannot be, programs go by their environment.
		_ = begin(files, all, put)
	}
	for _, folder := range anchors {
		if present, err := files.ReadSmall(folder+anchorName, maxCertificate); err == nil && bytes.Equal(present, own) {
			continue
		}
		if err := put(folder+anchorName, own); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) {
			return fmt.Errorf("write %s: %w", folder+anchorName, err)
		}
	}
	return errors.Join(put(projectFile, own), put(bundleFile, all))
}

// begin makes the bundle that most programs look for, in an image that has none.
func begin(files *tree.Tree, content []byte, put Put) error {
	for _, folder := range []string{"/etc/ssl", "/etc/ssl/certs"} {
		if err := makeFolder(files, folder); err != nil {
			return fmt.Errorf("make %s: %w", folder, err)
		}
	}
	return put(cabundle.Files[0], content)
}

func makeFolder(files *tree.Tree, name string) error {
	dir, base, err := files.OpenParent(name)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	if err := unix.Mkdirat(int(dir.Fd()), base, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// with appends a certificate to a bundle that does not have it.
func with(bundle, certificate []byte) []byte {
	if bytes.Contains(bundle, bytes.TrimSpace(certificate)) {
		return bundle
	}
	joined := append([]byte(nil), bundle...)
	if len(joined) > 0 && joined[len(joined)-1] != '\n' {
		joined = append(joined, '\n')
	}
	return append(joined, certificate...)
}
