package credentials

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// isolate points everything that is looked at to an empty folder, which it returns.
func isolate(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("HOME", folder)
	for _, variable := range []string{"DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR"} {
		t.Setenv(variable, "")
	}
	return folder
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func repository(t *testing.T, text string) name.Repository {
	t.Helper()
	parsed, err := name.NewRepository(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// found is user:password, or the token, or nothing.
func found(t *testing.T, keys *Keys, target authn.Resource) string {
	t.Helper()
	authenticator, err := keys.ResolveContext(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	login, err := authenticator.Authorization()
	if err != nil {
		t.Fatal(err)
	}
	if login.IdentityToken != "" {
		return login.IdentityToken
	}
	if login.Username == "" {
		return ""
	}
	return login.Username + ":" + login.Password
}

func entry(key, login string) string {
	return fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, key, base64.StdEncoding.EncodeToString([]byte(login)))
}

func TestFilesInOrder(t *testing.T) {
	home := isolate(t)
	keys, target := New(filepath.Join(home, "menv")), repository(t, "registry.example.com:5000/team/app")
	if login := found(t, keys, target); login != "" {
		t.Errorf("without any file: %q", login)
	}
	for _, c := range []struct{ path, key, login string }{
		{".config/containers/auth.json", "registry.example.com:5000", "podman:1"},
		{".config/containers/auth.json", "registry.example.com:5000/team", "team:1"},
		{".docker/config.json", "other.example.com", "team:1"}, // what is not in one file may be in the next
		{".docker/config.json", "https://registry.example.com:5000/v1/", "docker:a:b"},
		{"menv/auth.json", "registry.example.com:5000", "own:1"},
	} {
		login := c.login
		if strings.HasPrefix(c.key, "other") {
			login = "other:1"
		}
		write(t, filepath.Join(home, c.path), entry(c.key, login), 0o600)
		if login := found(t, keys, target); login != c.login {
			t.Errorf("%s with %s: %q", c.path, c.key, login)
		}
	}
	t.Setenv("DOCKER_CONFIG", filepath.Join(home, "elsewhere"))
	write(t, filepath.Join(home, "elsewhere/config.json"), entry("https://index.docker.io/v1/", "hub:1"), 0o600)
	if login := found(t, keys, repository(t, "alpine")); login != "hub:1" {
		t.Errorf("the hub: %q", login)
	}
	write(t, filepath.Join(home, ".docker/config.json"), "", 0o600)
	if login := found(t, keys, repository(t, "nobody.example.com/x")); login != "" {
		t.Errorf("of nobody: %q", login)
	}
}

func TestBrokenFileIsNamed(t *testing.T) {
	home := isolate(t)
	path := filepath.Join(home, ".docker/config.json")
	for _, text := range []string{`{"auths":`, `{"auths":{"x":{"auth":"%%%"}}}`, `[]`, `{"x":"` + strings.Repeat("x", maxFile) + `"}`} {
		write(t, path, text, 0o600)
		_, err := New(home).ResolveContext(t.Context(), repository(t, "x/y"))
		expectFailure(t, err, path)
	}
}

func expectFailure(t *testing.T, err error, subject string) {
	t.Helper()
	named, ok := errors.AsType[*failure.Error](err)
	if !ok || named.Code != failurev1.Code_CODE_CREDENTIALS || named.Subject != subject {
		t.Errorf("%v, expected it of %s", err, subject)
	}
}

// newHelper puts a program docker-credential-<name> onto the path.
func newHelper(t *testing.T, name, script string) {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "docker-credential-"+name), "#!/bin/sh\n"+script, 0o700)
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
}

func TestHelpers(t *testing.T) {
	home := isolate(t)
	keys, config := New(filepath.Join(home, "menv")), filepath.Join(home, ".docker/config.json")
	newHelper(t, "one", `read key; test "$1" = get || exit 1
case $key in
registry.example.com) echo '{"Username":"helped","Secret":"s:1"}';;
https://index.docker.io/v1/) echo '{"Username":"<token>","Secret":"identity"}';;
bad.example.com) echo broken; exit 1;;
*) echo 'credentials not found in native keychain'; exit 1;;
esac
`)
	write(t, config, `{"credHelpers":{"registry.example.com":"one","bad.example.com":"one","gone.example.com":"gone","evil.example.com":"../one"},
		"auths":{"gone.example.com":{"auth":"`+base64.StdEncoding.EncodeToString([]byte("file:1"))+`"}}}`, 0o600)
	for target, login := range map[string]string{
		"registry.example.com/a/b": "helped:s:1", "other.example.com/a": "", "gone.example.com/a": "file:1",
	} {
		if answer := found(t, keys, repository(t, target)); answer != login {
			t.Errorf("%s: %q", target, answer)
		}
	}
	_, err := keys.ResolveContext(t.Context(), repository(t, "bad.example.com/x"))
	expectFailure(t, err, "docker-credential-one")
	_, err = keys.ResolveContext(t.Context(), repository(t, "evil.example.com/x"))
	expectFailure(t, err, "docker-credential-../one")
	write(t, config, `{"credsStore":"one"}`, 0o600)
	for target, login := range map[string]string{"alpine": "identity", "registry.example.com/x": "helped:s:1", "other.example.com/a": ""} {
		if answer := found(t, keys, repository(t, target)); answer != login {
			t.Errorf("%s: %q", target, answer)
		}
	}
}

func TestHelperEndsWithItsCaller(t *testing.T) {
	home := isolate(t)
	newHelper(t, "slow", "exec sleep 1000\n")
	write(t, filepath.Join(home, ".docker/config.json"), `{"credsStore":"slow"}`, 0o600)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := New(home).ResolveContext(ctx, repository(t, "x.example.com/y"))
	expectFailure(t, err, "docker-credential-slow")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestSaveAndRemove(t *testing.T) {
	home := filepath.Join(isolate(t), "new", "home")
	keys := New(home)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if err := New(home).Save(context.Background(), fmt.Sprintf("r%d.example.com", i), "user", "pass:word"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := keys.Save(t.Context(), "docker.io", "hub", "word"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(home, "auth.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	for i := range 8 {
		if login := found(t, keys, repository(t, fmt.Sprintf("r%d.example.com/x", i))); login != "user:pass:word" {
			t.Errorf("%d: %q", i, login)
		}
	}
	if login := found(t, keys, repository(t, "alpine")); login != "hub:word" {
		t.Errorf("the hub: %q", login)
	}
	for _, expected := range []bool{true, false} {
		if removed, err := keys.Remove(t.Context(), "docker.io"); err != nil || removed != expected {
			t.Error(removed, err)
		}
	}
	if login := found(t, keys, repository(t, "alpine")); login != "" {
		t.Errorf("after logout: %q", login)
	}
	write(t, filepath.Join(home, "auth.json"), "{", 0o600)
	expectFailure(t, keys.Save(t.Context(), "x", "y", "z"), filepath.Join(home, "auth.json"))
}

func TestSavedFileThatOthersMayReadIsClosed(t *testing.T) {
	home := isolate(t)
	write(t, filepath.Join(home, "auth.json"), entry("a.example.com", "a:1"), 0o644)
	if err := New(home).Save(t.Context(), "b.example.com", "b", "1"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(home, "auth.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if login := found(t, New(home), repository(t, "a.example.com/x")); login != "a:1" {
		t.Errorf("%q", login)
	}
}

func TestLoginsOfKilledWritersGo(t *testing.T) {
	home := isolate(t)
	old, young := filepath.Join(home, ".tmp-1"), filepath.Join(home, ".tmp-2")
	write(t, old, "secret", 0o600)
	write(t, young, "of somebody who writes now", 0o600)
	hourAgo := time.Now().Add(-time.Hour)
	if err := os.Chtimes(old, hourAgo, hourAgo); err != nil {
		t.Fatal(err)
	}
	if _, err := New(home).Remove(t.Context(), "x.example.com"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("the old one is there")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error(err)
	}
}

func FuzzFile(f *testing.F) {
	f.Add(entry("registry.example.com", "a:b"))
	f.Add(`{"auths":{"https://%zz":{"auth":"YTpi"}},"credHelpers":{"x":"/"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		home := t.TempDir()
		write(t, filepath.Join(home, "auth.json"), text, 0o600)
		t.Setenv("PATH", "")
		file, err := load(filepath.Join(home, "auth.json"))
		if err != nil || file == nil {
			return
		}
		_, _ = lookUp(t.Context(), file, repository(t, "registry.example.com/a/b"))
	})
}
