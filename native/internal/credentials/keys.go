// Package credentials finds what registries want to be logged in with: what `msb login` has stored,
// then docker's configuration with its helpers, then podman's.
package credentials

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
)

// Keys are a user's. It implements authn.Keychain.
type Keys struct{ home string }

// New looks for our own file in home.
func New(home string) *Keys { return &Keys{home: home} }

// Resolve is ResolveContext without a context.
func (k *Keys) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), target)
}

// ResolveContext gives the first credentials that any of the files has for the target.
func (k *Keys) ResolveContext(ctx context.Context, target authn.Resource) (authn.Authenticator, error) {
	for _, path := range k.files() {
		file, err := load(path)
		if err != nil {
			return nil, failure.New(failurev1.Code_CODE_CREDENTIALS, path, err)
		}
		if file == nil {
			continue
		}
		found, err := lookUp(ctx, file, target)
		if err != nil {
			return nil, err
		}
		if found != nil {
			return authn.FromConfig(*found), nil
		}
	}
	return authn.Anonymous, nil
}

// files in the order of their precedence.
func (k *Keys) files() []string {
	paths := []string{k.path()}
	user, err := os.UserHomeDir()
	hasHome := err == nil
	if docker := os.Getenv("DOCKER_CONFIG"); docker != "" {
		paths = append(paths, filepath.Join(docker, "config.json"))
	} else if hasHome {
		paths = append(paths, filepath.Join(user, ".docker", "config.json"))
	}
	const podman = "containers/auth.json"
	if path := os.Getenv("REGISTRY_AUTH_FILE"); path != "" {
		return append(paths, path)
	}
	if runtime := os.Getenv("XDG_RUNTIME_DIR"); runtime != "" {
		paths = append(paths, filepath.Join(runtime, podman))
	}
	if hasHome {
		paths = append(paths, filepath.Join(user, ".config", podman))
	}
	return paths
}

const maxFile = 4 << 20

// load is nil for a file that is not there.
func load(path string) (*configfile.ConfigFile, error) {
	data, err := durable.ReadFile(path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil, nil
	}
	return config.LoadFromReader(strings.NewReader(string(data)))
}

func lookUp(ctx context.Context, file *configfile.ConfigFile, target authn.Resource) (*authn.AuthConfig, error) {
	for _, key := range keysOf(target) {
		if helper := helperOf(file, key); helper != "" {
			if found, err := ask(ctx, helper, key); found != nil || err != nil {
				return found, err
			}
		}
		for written, entry := range file.AuthConfigs {
			if (written == key || hostOf(written) == key) && usable(entry) {
				return &authn.AuthConfig{
					Username: entry.Username, Password: entry.Password, Auth: entry.Auth,
					IdentityToken: entry.IdentityToken, RegistryToken: entry.RegistryToken,
				}, nil
			}
		}
	}
	return nil, nil
}

func usable(entry types.AuthConfig) bool {
	return entry.Username != "" || entry.Auth != "" || entry.IdentityToken != "" || entry.RegistryToken != ""
}

// hubKey is docker's name for the hub, for historical reasons.
const hubKey = authn.DefaultAuthKey

// keysOf are the names that a target may go by, the most specific first: podman also has logins for
// parts of a registry.
func keysOf(target authn.Resource) []string {
	var keys []string
	for name := target.String(); strings.Contains(name, "/"); name = name[:strings.LastIndexByte(name, '/')] {
		keys = append(keys, name)
	}
	host := target.RegistryStr()
	if isHub(host) {
		return append(keys, hubKey, "index.docker.io", "docker.io")
	}
	return append(keys, host)
}

func isHub(host string) bool { return host == "index.docker.io" || host == "docker.io" }

// hostOf reads keys that are written as URLs.
func hostOf(key string) string {
	if !strings.Contains(key, "://") {
		return strings.TrimSuffix(key, "/")
	}
	parsed, err := url.Parse(key)
	if err != nil {
		return key
	}
	return parsed.Host
}
