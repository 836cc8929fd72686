package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"sandboxfile/native/internal/registrytest"
)

// registryUser runs `menv image` with a home, a store and nothing of the machine's own logins.
type registryUser struct {
	*testing.T
	home, store string
	environment []string
}

func newRegistryUser(t *testing.T) *registryUser {
	t.Helper()
	home := t.TempDir()
	alone := []string{"HOME=" + home, "MENV_HOME=" + home}
	for _, variable := range []string{
		"DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "OCI_REGISTRY_DOMAIN",
		"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy",
	} {
		alone = append(alone, variable+"=")
	}
	return &registryUser{T: t, home: home, store: filepath.Join(home, "images"), environment: alone}
}

func (u *registryUser) command(stdin, verb string, arguments ...string) *exec.Cmd {
	all := append([]string{"image", verb, "--store", u.store, "--platform", "linux/" + runtime.GOARCH, "--builtin", "none"}, arguments...)
	command := exec.Command(os.Args[0], all...)
	command.Env = append(os.Environ(), u.environment...)
	command.Stdin = strings.NewReader(stdin)
	return command
}

// run returns the last line and the exit status.
func (u *registryUser) run(stdin, verb string, arguments ...string) (last map[string]json.RawMessage, status int) {
	u.Helper()
	output, err := u.command(stdin, verb, arguments...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		status = exit.ExitCode()
	} else if err != nil {
		u.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	if final := lines[len(lines)-1]; len(final) > 0 {
		if err := json.Unmarshal(final, &last); err != nil {
			u.Fatalf("%s: %v", final, err)
		}
	}
	return last, status
}

func (u *registryUser) expect(answer, stdin, verb string, arguments ...string) {
	u.Helper()
	last, status := u.run(stdin, verb, arguments...)
	text, err := json.Marshal(last)
	if err != nil || status != 0 || !strings.Contains(string(text), answer) {
		u.Errorf("%s %v: %d %s %v, expected %s", verb, arguments, status, text, err, answer)
	}
}

func (u *registryUser) expectFailure(code, stdin, verb string, arguments ...string) {
	u.Helper()
	last, status := u.run(stdin, verb, arguments...)
	if status != 1 || !strings.Contains(string(last["failure"]), `"code":"`+code+`"`) {
		u.Errorf("%s %v: %d %s, expected %s", verb, arguments, status, last, code)
	}
}

func newRandomImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := random.Image(1<<20, 3)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err == nil {
		config = config.DeepCopy()
		config.OS, config.Architecture = "linux", runtime.GOARCH
		image, err = mutate.ConfigFile(image, config)
	}
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func privateRegistry(t *testing.T) *registrytest.Server {
	t.Helper()
	server := registrytest.New(t)
	server.Push(t, "v1", newRandomImage(t))
	server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		if name, word, _ := request.BasicAuth(); name != "user" || word != "a secret word" {
			w.Header().Set("WWW-Authenticate", `Basic realm="private"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, request)
	})
	return server
}

const (
	login      = `{"username":"user","password":"a secret word"}`
	wrongLogin = `{"username":"user","password":"another word"}`
)

func TestPrivateRegistry(t *testing.T) {
	server, user := privateRegistry(t), newRegistryUser(t)
	user.expectFailure("CODE_REGISTRY_UNAUTHORIZED", "", "pull", server.Name("v1"))
	user.expectFailure("CODE_LOGIN_REJECTED", wrongLogin, "login", server.Host())
	auth := filepath.Join(user.home, "auth.json")
	if _, err := os.Stat(auth); err == nil {
		t.Error("a rejected login is stored")
	}
	user.expect(`"login":{"registry":"`+server.Host()+`"}`, login, "login", server.Host())
	if info, err := os.Stat(auth); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	user.expect(`"reference":"`+server.Name("v1")+`"`, "", "pull", server.Name("v1"))
	user.expect(`"tags":["v1"]`, "", "tags", server.Host()+"/team/app")
	user.expect(`"reference":"`+server.Name("v2")+`"`, "", "push", server.Name("v1"), server.Name("v2"))
	user.expect(`"tags":["v1","v2"]`, "", "tags", server.Host()+"/team/app")
	user.expect(`"removed":true`, "", "logout", server.Host())
	user.expect(`"removed":false`, "", "logout", server.Host())
	user.expectFailure("CODE_REGISTRY_UNAUTHORIZED", "", "pull", server.Name("v1"))
	user.expect(`"reference":"`+server.Name("v2")+`"`, "", "resolve", server.Name("v2"))
	user.expectFailure("CODE_IMAGE_NOT_CACHED", "", "resolve", "--pull", "never", server.Name("v3"))
	if err := os.WriteFile(filepath.Join(user.home, "registries.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	user.expectFailure("CODE_REGISTRY_CONFIG", "", "pull", server.Name("v1"))
	user.expect(`"reference":"`+server.Name("v2")+`"`, "", "resolve", server.Name("v2"))
}

func TestDefaultRegistryIsReplaced(t *testing.T) {
	server, user := registrytest.New(t), newRegistryUser(t)
	server.Push(t, "v1", newRandomImage(t))
	user.environment = append(user.environment, "OCI_REGISTRY_DOMAIN="+server.Host())
	user.expect(`"reference":"`+server.Name("v1")+`"`, "", "pull", "team/app:v1")
	user.expect(`"login":{"registry":"`+server.Host()+`"}`, login, "login")
	user.expectFailure("CODE_REGISTRY_UNKNOWN", "", "pull", "app")
}

// The test registry is the proxy, too: of a registry that is nowhere else.
func TestProxy(t *testing.T) {
	server, user := registrytest.New(t), newRegistryUser(t)
	server.Push(t, "v1", newRandomImage(t))
	settings := `{"registries":{"registry.invalid:5000":{"insecure":true}}}`
	if err := os.WriteFile(filepath.Join(user.home, "registries.json"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	user.expectFailure("CODE_REGISTRY_UNAVAILABLE", "", "pull", "registry.invalid:5000/team/app:v1")
	user.environment = append(user.environment, "HTTP_PROXY="+server.URL, "HTTPS_PROXY="+server.URL, "NO_PROXY=")
	user.expect(`"reference":"registry.invalid:5000/team/app:v1"`, "", "pull", "registry.invalid:5000/team/app:v1")
	server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		if strings.Contains(request.URL.Path, "/manifests/") {
			http.Redirect(w, request, "http://127.0.0.1:1/secret", http.StatusTemporaryRedirect)
			return
		}
		next.ServeHTTP(w, request)
	})
	user.expectFailure("CODE_REGISTRY_REFUSED", "", "pull", "registry.invalid:5000/team/app:v2")
}

func TestWrongUse(t *testing.T) {
	user := newRegistryUser(t)
	for _, arguments := range [][]string{{"resolve", "--pull", "often", "x"}, {"pull"}, {"push"}, {"tags", "a", "b"}, {"login", "a", "b"}, {"nothing"}} {
		if _, status := user.run(login, arguments[0], arguments[1:]...); status != 2 {
			t.Errorf("%v: %d", arguments, status)
		}
	}
	if _, status := user.run("no JSON", "login", "x.example.com"); status != 2 {
		t.Errorf("login without a login: %d", status)
	}
	for _, host := range []string{"x.example.com/path", "..", "user@x.example.com", ""} {
		user.expectFailure("CODE_IMAGE_REFERENCE", login, "login", host)
	}
}

// Told to stop in the middle of a layer, it stops; what has come stays to go on from.
func TestPullIsStopped(t *testing.T) {
	server, user := registrytest.New(t), newRegistryUser(t)
	server.Push(t, "v1", newRandomImage(t))
	server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		if strings.Contains(request.URL.Path, "/blobs/") && request.Header.Get("Range") == "" {
			next.ServeHTTP(&stuck{ResponseWriter: w, until: request.Context().Done()}, request)
			return
		}
		next.ServeHTTP(w, request)
	})
	command := user.command("", "pull", server.Name("v1"))
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for user.partials() == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	command.Process.Signal(syscall.SIGTERM)
	command.Wait()
	if status := command.ProcessState.ExitCode(); status != 130 {
		t.Errorf("exit status %d", status)
	}
	server.Misbehave(nil)
	user.expect(`"image"`, "", "pull", server.Name("v1"))
}

// A pull that waits for another's layer takes over, where that one stood, when it is killed.
func TestPullOfAKilledProcessIsTakenOver(t *testing.T) {
	server, user := registrytest.New(t), newRegistryUser(t)
	image := newRandomImage(t)
	server.Push(t, "v1", image)
	server.Push(t, "v2", mutate.Annotations(image, map[string]string{"another": "manifest"}))
	var resumed atomic.Int32
	server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		if strings.Contains(request.URL.Path, "/blobs/") {
			if request.Header.Get("Range") == "" {
				w = &stuck{ResponseWriter: w, until: request.Context().Done()}
			} else {
				resumed.Add(1)
			}
		}
		next.ServeHTTP(w, request)
	})
	first, second := user.command("", "pull", server.Name("v1")), user.command("", "pull", server.Name("v2"))
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	for user.partials() < 3 {
		time.Sleep(5 * time.Millisecond)
	}
	var output bytes.Buffer
	second.Stdout = &output
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		if manifests, _ := server.Asked(); len(manifests) > 0 && strings.HasSuffix(manifests[0], "/v2") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	first.Process.Kill()
	first.Wait()
	if err := second.Wait(); err != nil {
		t.Errorf("%v: %s", err, &output)
	}
	if resumed.Load() != 3 {
		t.Errorf("%d layers were resumed", resumed.Load())
	}
}

// partials counts the layers of which a part has come.
func (u *registryUser) partials() (count int) {
	files, _ := filepath.Glob(filepath.Join(u.store, "blobs", "partial", "*"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Size() > 100<<10 {
			count++
		}
	}
	return count
}

// stuck lets a half of each layer through; configurations are smaller.
type stuck struct {
	http.ResponseWriter
	until <-chan struct{}
	sent  int
}

func (s *stuck) Write(data []byte) (int, error) {
	const most = 512 << 10
	if s.sent+len(data) > most {
		n, _ := s.ResponseWriter.Write(data[:most-s.sent])
		s.sent = most
		_ = http.NewResponseController(s.ResponseWriter).Flush()
		<-s.until
		return n, errors.New("stuck")
	}
	s.sent += len(data)
	return s.ResponseWriter.Write(data)
}
