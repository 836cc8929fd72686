package doctor

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWhatIsMissingIsNamed(t *testing.T) {
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if found := missing([]string{there, there + "-not", filepath.Dir(there)}); !slices.Equal(found, []string{there + "-not", filepath.Dir(there)}) {
		t.Errorf("%q", found)
	}
}

func TestFolderIsTriedWhereItWillBe(t *testing.T) {
	home := filepath.Join(t.TempDir(), "a", "b")
	found := examineFolder(home)
	if found.Exists || found.Reason != "" || found.Free == 0 || !found.Sparse || found.Lock != "" {
		t.Errorf("%+v", found)
	}
	if entries, _ := os.ReadDir(filepath.Dir(filepath.Dir(home))); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
	if err := os.WriteFile(filepath.Dir(home), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if found := examineFolder(home); found.Reason == "" {
		t.Errorf("a file in the way: %+v", found)
	}
}

func TestPortsThatAreTakenAreTold(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := Port{Address: "127.0.0.1", Port: uint16(taken.Addr().(*net.TCPAddr).Port)}
	states := tryPorts(t.Context(), []Port{port, {Address: port.Address, Port: port.Port, UDP: true}})
	if len(states) != 2 || !strings.Contains(states[0].Reason, "in use") || states[1].Reason != "" {
		t.Errorf("%+v", states)
	}
}

func TestRegistriesOfProjectAndUserAreAsked(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		w.Header().Set("WWW-Authenticate", `Basic realm="here"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer server.Close()
	home, host := t.TempDir(), strings.TrimPrefix(server.URL, "http://")
	settings := `{"registries":{"127.0.0.1:1":{"insecure":true}}}`
	if err := os.WriteFile(filepath.Join(home, "registries.json"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	states := tryRegistries(ctx, home, []string{host})
	if len(states) != 2 || states[0].Host != "127.0.0.1:1" || states[0].Reason == "" || states[1].Reason != "" {
		t.Errorf("%+v", states)
	}
	if len(asked) == 0 {
		t.Error("nobody was asked")
	}
}

func TestQEMUThatIsNoneIsTold(t *testing.T) {
	if found := findQEMU(t.Context(), "no-such-qemu"); found.Path != "" || found.Reason == "" {
		t.Errorf("%+v", found)
	}
	if found := findQEMU(t.Context(), "/bin/true"); found.Path == "" || found.Reason == "" {
		t.Errorf("%+v", found)
	}
}

func TestMendingIsTold(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	if done := mend(home); !slices.Equal(done, []string{"folder"}) {
		t.Errorf("%q", done)
	}
	run := filepath.Join(home, "run", "0123456789abcdef")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	killed, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(run, "sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	killed.SetUnlinkOnClose(false)
	killed.Close()
	for name, mode := range map[string]os.FileMode{"auth.json": 0o644, "run/0123456789abcdef/lock": 0o600} {
		if err := os.WriteFile(filepath.Join(home, name), nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	if done := mend(home); !slices.Equal(done, []string{"logins", "runs"}) {
		t.Errorf("%q", done)
	}
	if done := mend(home); len(done) != 0 {
		t.Errorf("a second time: %q", done)
	}
}
