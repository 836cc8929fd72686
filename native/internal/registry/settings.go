package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// Settings is <home>/registries.json, by the host that references name:
//
//	{"registries": {
//	  "docker.io":            {"mirrors": ["https://mirror.example.com"]},
//	  "registry.example.com": {"ca": "/etc/ssl/example.pem"},
//	  "10.0.0.7:5000":        {"insecure": true}}}
type Settings struct {
	Registries map[string]HostSettings `json:"registries"`
}

// HostSettings is about one registry or mirror.
type HostSettings struct {
	// Mirrors are asked first, in order: hosts, or URLs without a path.
	Mirrors []string `json:"mirrors"`
	// CA is a PEM file of authorities to trust besides the system's.
	CA string `json:"ca"`
	// Insecure allows plain http.
	Insecure bool `json:"insecure"`
}

const maxSettings = 1 << 20

// LoadSettings reads <home>/registries.json; without that file nothing is set.
func LoadSettings(home string) (*Settings, error) {
	path := filepath.Join(home, "registries.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Settings{}, nil
	}
	settings := &Settings{}
	if err == nil && len(data) > maxSettings {
		err = fmt.Errorf("more than %d bytes", maxSettings)
	}
	if err == nil {
		err = json.Unmarshal(data, settings)
	}
	if err == nil {
		err = settings.check()
	}
	if err != nil {
		return nil, failure.New(failurev1.Code_CODE_REGISTRY_CONFIG, path, err)
	}
	return settings, nil
}

func (s *Settings) check() error {
	for host, settings := range s.Registries {
		for _, mirror := range settings.Mirrors {
			if _, _, err := splitMirror(mirror); err != nil {
				return fmt.Errorf("%s: mirror %q: %w", host, mirror, err)
			}
		}
		if settings.CA != "" && !filepath.IsAbs(settings.CA) {
			return fmt.Errorf("%s: ca: %q is not an absolute path", host, settings.CA)
		}
	}
	return nil
}

// splitMirror gives the host of a mirror and whether it is spoken to without TLS.
func splitMirror(text string) (host string, plain bool, err error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	parsed, err := url.Parse(text)
	if err != nil {
		return "", false, err
	}
	if parsed.Scheme != "https" && parsed.Scheme != "http" || parsed.Host == "" || strings.Trim(parsed.Path, "/") != "" ||
		parsed.RawQuery != "" || parsed.User != nil {
		return "", false, errors.New("expected a host or https://host")
	}
	return parsed.Host, parsed.Scheme == "http", nil
}

// plain says whether http may be spoken to a host: to this machine, or where it is configured.
func (s *Settings) plain(host string) bool {
	return s.Registries[host].Insecure || isLoopbackName(host)
}

func isLoopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.Unmap().IsLoopback()
}
