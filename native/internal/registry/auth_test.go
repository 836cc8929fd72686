package registry

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/registrytest"
)

// key is a keychain with one login for everything.
type key authn.AuthConfig

func (k key) Resolve(authn.Resource) (authn.Authenticator, error) {
	return authn.FromConfig(authn.AuthConfig(k)), nil
}

// withBasic lets in who says user:word.
func withBasic(w http.ResponseWriter, request *http.Request, next http.Handler) {
	if name, word, _ := request.BasicAuth(); name != "user" || word != "word" {
		w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	next.ServeHTTP(w, request)
}

// withTokens has tokens for who says user:word, at a path of the registry itself.
func withTokens(realm func(request *http.Request) string) registrytest.Hook {
	return func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		switch {
		case request.URL.Path == "/token":
			if name, word, _ := request.BasicAuth(); name != "user" || word != "word" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, `{"token":"secret-token"}`)
		case request.Header.Get("Authorization") != "Bearer secret-token":
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+realm(request)+`",service="registry"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, request)
		}
	}
}

func ownRealm(request *http.Request) string { return "http://" + request.Host + "/token" }

func TestAuthentication(t *testing.T) {
	for name, hook := range map[string]registrytest.Hook{"basic": withBasic, "bearer": withTokens(ownRealm)} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			server.Misbehave(hook)
			for _, c := range []struct {
				keys authn.Keychain
				code failurev1.Code
			}{
				{authn.NewMultiKeychain(), failurev1.Code_CODE_REGISTRY_UNAUTHORIZED},
				{key{Username: "user", Password: "wrong"}, failurev1.Code_CODE_REGISTRY_UNAUTHORIZED},
				{key{Username: "user", Password: "word"}, 0},
			} {
				client := New(&Settings{}, c.keys, quick)
				defer client.Close()
				_, _, err := open(t, client, server.Name("v1")).Manifest(t.Context())
				if c.code == 0 && err != nil {
					t.Error(err)
				}
				if c.code != 0 {
					expectCode(t, err, c.code, server.Host())
				}
			}
		})
	}
}

func TestLogin(t *testing.T) {
	for name, hook := range map[string]registrytest.Hook{"basic": withBasic, "bearer": withTokens(ownRealm)} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t)
			server.Misbehave(hook)
			client := newClient(t, quick, &Settings{})
			if err := client.Login(t.Context(), server.Host(), "user", "word"); err != nil {
				t.Error(err)
			}
			for user, word := range map[string]string{"user": "wrong", "other": "word", "": "word", "us:er": "word"} {
				expectCode(t, client.Login(t.Context(), server.Host(), user, word), failurev1.Code_CODE_LOGIN_REJECTED, server.Host())
			}
			server.Close()
			client = newClient(t, quick, &Settings{})
			expectCode(t, client.Login(t.Context(), server.Host(), "user", "word"), failurev1.Code_CODE_REGISTRY_UNAVAILABLE, server.Host())
		})
	}
}

// A registry cannot have the credentials sent to where it likes.
func TestRealmElsewhere(t *testing.T) {
	server := newServer(t)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		t.Errorf("%s %s with %q", request.Method, request.URL, request.Header.Get("Authorization"))
	}))
	defer other.Close()
	for _, realm := range []string{other.URL + "/token", "http://169.254.169.254/token", "http://10.0.0.1/token", "file:///etc/passwd"} {
		server.Misbehave(withTokens(func(*http.Request) string { return realm }))
		client := New(&Settings{}, key{Username: "user", Password: "word"}, quick)
		_, _, err := open(t, client, server.Name("v1")).Manifest(t.Context())
		expectCode(t, err, failurev1.Code_CODE_REGISTRY_REFUSED, "realm")
		client.Close()
	}
}

// Storage that a registry redirects to is not shown its login.
func TestRedirectsCarryNoCredentials(t *testing.T) {
	server, store, wanted := newServer(t), newStore(t), newBlob(1000)
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if sent := request.Header.Get("Authorization"); sent != "" {
			t.Errorf("storage was sent %q", sent)
		}
		wanted.honest(w, request)
	}))
	defer storage.Close()
	blobs := wanted.serve(func(w http.ResponseWriter, request *http.Request, _ int) {
		http.Redirect(w, request, storage.URL+"/blob?X-Signature=secret", http.StatusTemporaryRedirect)
	})
	tokens := withTokens(ownRealm)
	server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		tokens(w, request, http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) { blobs(w, request, next) }))
	})
	client := New(&Settings{}, key{Username: "user", Password: "word"}, quick)
	defer client.Close()
	if _, err := bring(t.Context(), open(t, client, server.Name("v1")), store.Store, &stages{}, wanted.Layer); err != nil {
		t.Fatal(err)
	}
	storage.Close()
	lost := newBlob(999)
	server.Misbehave(lost.serve(func(w http.ResponseWriter, request *http.Request, _ int) {
		http.Redirect(w, request, storage.URL+"/blob?X-Signature=secret", http.StatusTemporaryRedirect)
	}))
	_, err := bring(t.Context(), open(t, client, server.Name("v1")), store.Store, &stages{}, lost.Layer)
	expectCode(t, err, failurev1.Code_CODE_REGISTRY_UNAVAILABLE, "/blob")
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("it tells the signature: %v", err)
	}
}

func TestCustomAuthority(t *testing.T) {
	server := registrytest.NewTLS(t)
	image := newBlob(100)
	server.Misbehave(image.serve(func(w http.ResponseWriter, request *http.Request, _ int) { image.honest(w, request) }))
	_, err := bring(t.Context(), open(t, newClient(t, quick, &Settings{}), server.Name("v1")), newStore(t).Store, &stages{}, image.Layer)
	expectCode(t, err, failurev1.Code_CODE_REGISTRY_UNAVAILABLE, "certificate signed by unknown authority")

	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	trusts := func(file string, settings *Settings) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, data, 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := bring(t.Context(), open(t, newClient(t, quick, settings), server.Name("v1")), newStore(t).Store, &stages{}, image.Layer); err != nil {
			t.Error(err)
		}
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	trusts(file, &Settings{Registries: map[string]HostSettings{server.Host(): {CA: file}}})
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	trusts(filepath.Join(config, "docker/certs.d", server.Host(), "ca.crt"), &Settings{})
}

func TestMirrors(t *testing.T) {
	origin, mirror, store, wanted := newServer(t), newServer(t), newStore(t), newBlob(100<<10)
	answer := wanted.serve(func(w http.ResponseWriter, request *http.Request, _ int) { wanted.honest(w, request) })
	origin.Misbehave(answer)
	mirror.Misbehave(wanted.serve(func(w http.ResponseWriter, request *http.Request, _ int) {
		breakOff(w, wanted.content[:50<<10])
	}))
	settings := &Settings{Registries: map[string]HostSettings{origin.Host(): {Mirrors: []string{"http://" + mirror.Host()}}}}
	repository := open(t, newClient(t, quick, settings), origin.Name("v1"))
	if _, _, err := repository.Manifest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if manifests, _ := origin.Asked(); len(manifests) != 0 {
		t.Errorf("the registry was asked although its mirror answers: %v", manifests)
	}
	// The mirror breaks off, the registry has the rest.
	if _, err := bring(t.Context(), repository, store.Store, &stages{}, wanted.Layer); err != nil {
		t.Fatal(err)
	}
	if _, blobs := origin.Asked(); len(blobs) != 1 {
		t.Errorf("asked: %v", blobs)
	}
	mirror.Close()
	repository = open(t, newClient(t, quick, settings), origin.Name("v1"))
	if _, _, err := repository.Manifest(t.Context()); err != nil {
		t.Error(err)
	}
	missing := open(t, newClient(t, quick, settings), origin.Name("none"))
	_, _, err := missing.Manifest(t.Context())
	expectCode(t, err, failurev1.Code_CODE_REGISTRY_UNKNOWN, origin.Name("none"))
}

func TestSettings(t *testing.T) {
	home := t.TempDir()
	if settings, err := LoadSettings(home); err != nil || len(settings.Registries) != 0 {
		t.Error(settings, err)
	}
	for text, fault := range map[string]string{
		`{"registries":{"docker.io":{"mirrors":["https://m.example:5000","n.example"],"ca":"/etc/ca.pem","insecure":true}}}`: "",
		`{`: "unexpected end",
		`{"registries":{"docker.io":{"mirrors":["ftp://x"]}}}`:             `mirror "ftp://x"`,
		`{"registries":{"docker.io":{"mirrors":["https://x/path"]}}}`:      "expected a host",
		`{"registries":{"docker.io":{"mirrors":["https://u:p@x"]}}}`:       "expected a host",
		`{"registries":{"docker.io":{"ca":"ca.pem"}}}`:                     "absolute",
		`{"registries":{"docker.io":{"insecure":"yes"}}}`:                  "cannot unmarshal",
		`{"registries":{},"x":"` + strings.Repeat("x", maxSettings) + `"}`: "more than",
	} {
		if err := os.WriteFile(filepath.Join(home, "registries.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		settings, err := LoadSettings(home)
		if fault != "" {
			expectCode(t, err, failurev1.Code_CODE_REGISTRY_CONFIG, fault)
		} else if err != nil || !settings.plain("docker.io") || len(settings.Registries["docker.io"].Mirrors) != 2 {
			t.Error(settings, err)
		}
	}
	broken := &Settings{Registries: map[string]HostSettings{"x.example": {CA: filepath.Join(home, "registries.json")}}}
	_, err := newClient(t, quick, broken).host("x.example", false)
	expectCode(t, err, failurev1.Code_CODE_REGISTRY_CONFIG, "no certificates")
}
