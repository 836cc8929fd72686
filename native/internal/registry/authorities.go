package registry

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// authorities are whom a host's certificate may be from besides the system's: what the settings
// name, or what docker and podman have for it. nil: nobody.
func (s *Settings) authorities(host string) (*x509.CertPool, error) {
	files := certificatesOf(host)
	if path := s.Registries[host].CA; path != "" {
		files = []string{path}
	}
	if len(files) == 0 {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err == nil && !pool.AppendCertsFromPEM(data) {
			err = errors.New("no certificates in it")
		}
		if err != nil {
			return nil, failure.New(failurev1.Code_CODE_REGISTRY_CONFIG, path, err)
		}
	}
	return pool, nil
}

// certificatesOf looks where docker and podman do. A host has no characters that would lead
// elsewhere: references and mirrors have been checked.
func certificatesOf(host string) (files []string) {
	folders := []string{"/etc/docker/certs.d", "/etc/containers/certs.d"}
	if config, err := os.UserConfigDir(); err == nil {
		folders = append(folders, filepath.Join(config, "docker", "certs.d"), filepath.Join(config, "containers", "certs.d"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		folders = append(folders, filepath.Join(home, ".docker", "certs.d"))
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(filepath.Join(folder, host))
		if err != nil {
			continue
		}
		for _, entry := range entries {
			if filepath.Ext(entry.Name()) == ".crt" {
				files = append(files, filepath.Join(folder, host, entry.Name()))
			}
		}
	}
	return files
}
