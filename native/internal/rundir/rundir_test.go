package rundir

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/failure"
)

func private(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// owned is a folder with its owner, which listens.
func owned(t *testing.T) (path string, owner *Folder, listener net.Listener) {
	t.Helper()
	path = private(t)
	owner, err := Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	if listener, err = owner.Listen(); err != nil {
		t.Fatal(err)
	}
	return path, owner, listener
}

// answer is what an owner that lives does.
func answer(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte("settings"))
		conn.Close()
	}
}

func code(err error) failurev1.Code {
	if named, ok := errors.AsType[*failure.Error](err); ok {
		return named.Code
	}
	return failurev1.Code_CODE_UNSPECIFIED
}

func TestClaimNamesItsOwnerAndRemovesLeftovers(t *testing.T) {
	path := private(t)
	for _, name := range []string{"sock", "result.json", "console.log", ".tmp-1"} {
		if err := os.WriteFile(filepath.Join(path, name), []byte("stale"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Release()
	entries, _ := os.ReadDir(path)
	if len(entries) != 1 || entries[0].Name() != "lock" {
		t.Fatalf("left over: %v", entries)
	}
	data, _ := os.ReadFile(filepath.Join(path, "lock"))
	if strings.TrimSpace(string(data)) != strconv.Itoa(os.Getpid()) {
		t.Fatalf("the lock names %q", data)
	}
}

func TestOfManyClaimsOneWins(t *testing.T) {
	path := private(t)
	const claims = 8
	results := make(chan error, claims)
	var ready sync.WaitGroup
	ready.Add(1)
	for range claims {
		go func() {
			ready.Wait()
			folder, err := Claim(path)
			var listener net.Listener
			if err == nil {
				listener, err = folder.Listen()
			}
			if err == nil {
				t.Cleanup(func() { listener.Close() })
				go answer(listener)
			}
			results <- err
		}()
	}
	ready.Done()
	won := 0
	for range claims {
		switch err := <-results; {
		case err == nil:
			won++
		case code(err) != failurev1.Code_CODE_ALREADY_RUNNING:
			t.Errorf("loser: %v", err)
		}
	}
	if won != 1 {
		t.Fatalf("%d winners", won)
	}
}

func TestClaimWaitsForADyingOwner(t *testing.T) {
	path := private(t)
	first, err := Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { first.Release() })
	second, err := Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	second.Release()
}

// The kernel takes a killed process apart piece by piece: for a moment its socket still takes connections.
func TestClaimWaitsForAnOwnerThatAcceptsNoMore(t *testing.T) {
	path, first, listener := owned(t)
	time.AfterFunc(100*time.Millisecond, func() {
		listener.Close()
		first.Release()
	})
	second, err := Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	second.Release()
}

func TestLoserChangesNothing(t *testing.T) {
	path := private(t)
	owner, err := Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Release()
	listener, err := owner.Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go answer(listener)
	if err := owner.WriteResult(&machinev1.RunResult{}); err != nil {
		t.Fatal(err)
	}
	if _, err := Claim(path); code(err) != failurev1.Code_CODE_ALREADY_RUNNING {
		t.Fatal(err)
	}
	for _, name := range []string{"sock", "result.json"} {
		if _, err := os.Stat(filepath.Join(path, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestSweepTakesOnlyADeadOwnersSocket(t *testing.T) {
	path, owner, listener := owned(t)
	go answer(listener)
	if err := Sweep(path); code(err) != failurev1.Code_CODE_ALREADY_RUNNING {
		t.Fatal(err)
	}
	socket := filepath.Join(path, "sock")
	if _, err := os.Stat(socket); err != nil {
		t.Fatal(err)
	}
	// Killed: nobody listens, the VMM holds the lock a little longer.
	listener.Close()
	time.AfterFunc(100*time.Millisecond, func() { owner.Release() })
	if err := Sweep(path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := Sweep(filepath.Join(t.TempDir(), "missing")); code(err) != failurev1.Code_CODE_RUN_FOLDER {
		t.Fatal(err)
	}
}

func TestUnusableFolders(t *testing.T) {
	open := private(t)
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]failurev1.Code{
		filepath.Join(t.TempDir(), "missing"): failurev1.Code_CODE_RUN_FOLDER,
		open:                                  failurev1.Code_CODE_RUN_FOLDER,
		"/" + strings.Repeat("x", 120):        failurev1.Code_CODE_SOCKET_PATH_TOO_LONG,
	} {
		if _, err := Claim(path); code(err) != want {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

func TestWithdrawnSocketIsFree(t *testing.T) {
	path, first, listener := owned(t)
	defer listener.Close()
	if err := errors.Join(first.Withdraw(), first.Release()); err != nil {
		t.Fatal(err)
	}
	second, err := Claim(path)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Release()
	next, err := second.Listen()
	if err != nil {
		t.Fatal(err)
	}
	next.Close()
}
