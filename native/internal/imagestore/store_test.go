package imagestore

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

func digestOf(t *testing.T, text string) v1.Hash {
	t.Helper()
	digest, _, err := v1.SHA256(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	store, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func writing(content string) func(*os.File) error {
	return func(file *os.File) error {
		_, err := file.WriteString(content)
		return err
	}
}

func filesIn(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

func TestOneWriterForManyImports(t *testing.T) {
	dir, digest := t.TempDir(), digestOf(t, "image")
	var writers atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			found, err := open(t, dir).Import(context.Background(), digest, Description{Config: Config{User: "u"}}, func(file *os.File) error {
				writers.Add(1)
				return writing("content")(file)
			})
			if err != nil || found.Config.User != "u" || found.Digest != digest.String() {
				t.Errorf("%+v %v", found, err)
				return
			}
			if data, err := os.ReadFile(found.RootDisk); err != nil || string(data) != "content" {
				t.Errorf("%q %v", data, err)
			}
		})
	}
	all.Wait()
	if writers.Load() != 1 {
		t.Errorf("%d writers", writers.Load())
	}
}

func TestFailedImportLeavesNothing(t *testing.T) {
	store, digest := open(t, t.TempDir()), digestOf(t, "image")
	cause := errors.New("no such layer")
	named := failure.New(failurev1.Code_CODE_IMAGE_INVALID, "x", cause)
	_, err := store.Import(context.Background(), digest, Description{}, func(file *os.File) error {
		return errors.Join(writing("half")(file), named)
	})
	if found, ok := errors.AsType[*failure.Error](err); !ok || found.Code != failurev1.Code_CODE_IMAGE_INVALID {
		t.Error(err)
	}
	if left := filesIn(t, store.folder(digest)); left != "lock" {
		t.Errorf("left: %s", left)
	}
	if store.Lookup(digest) != nil {
		t.Error("the image is there")
	}
}

func TestDamagedImageIsWrittenAgain(t *testing.T) {
	store, digest := open(t, t.TempDir()), digestOf(t, "image")
	for name, damage := range map[string]func(string) error{
		"root gone":     func(folder string) error { return os.Remove(filepath.Join(folder, rootFile)) },
		"root cut":      func(folder string) error { return os.Truncate(filepath.Join(folder, rootFile), 1) },
		"record gone":   func(folder string) error { return os.Remove(filepath.Join(folder, recordFile)) },
		"record broken": func(folder string) error { return os.WriteFile(filepath.Join(folder, recordFile), []byte("{"), 0o600) },
		"record leads elsewhere": func(folder string) error {
			return os.WriteFile(filepath.Join(folder, recordFile), []byte(`{"digest":"`+digest.String()+`","rootDisk":"../x","size":1}`), 0o600)
		},
	} {
		if _, err := store.Import(context.Background(), digest, Description{}, writing("content")); err != nil {
			t.Fatal(err)
		}
		if err := damage(store.folder(digest)); err != nil {
			t.Fatal(err)
		}
		if store.Lookup(digest) != nil {
			t.Errorf("%s: not noticed", name)
		}
	}
	if _, err := store.Import(context.Background(), digest, Description{}, writing("content")); err != nil {
		t.Error(err)
	}
}

func TestWaitingCanBeCancelled(t *testing.T) {
	store, digest := open(t, t.TempDir()), digestOf(t, "image")
	ctx, cancel := context.WithCancel(context.Background())
	_, err := store.Import(context.Background(), digest, Description{}, func(file *os.File) error {
		cancel()
		if _, err := store.Import(ctx, digest, Description{}, writing("x")); !errors.Is(err, context.Canceled) {
			t.Errorf("the waiting import: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestWriterProcess is no test but the process that the next one kills.
func TestWriterProcess(t *testing.T) {
	dir := os.Getenv("MENV_TEST_STORE")
	if dir == "" {
		t.Skip("only for TestKilledWriter")
	}
	_, err := open(t, dir).Import(context.Background(), digestOf(t, "killed"), Description{}, func(file *os.File) error {
		if err := writing("half")(file); err != nil {
			return err
		}
		os.Stdout.WriteString("writing\n")
		_, err := io.Copy(io.Discard, os.Stdin) // until killed
		return err
	})
	t.Fatalf("not killed: %v", err)
}

func startWriter(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run", "^TestWriterProcess$")
	command.Env = append(os.Environ(), "MENV_TEST_STORE="+dir)
	if _, err := command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil || line != "writing\n" {
		t.Fatalf("%q %v", line, err)
	}
	return command
}

func kill(t *testing.T, command *exec.Cmd) {
	t.Helper()
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // reports the kill
}

func TestKilledWriter(t *testing.T) {
	for name, next := range map[string]string{"same image": "killed", "other image": "other"} {
		dir := t.TempDir()
		store, digest := open(t, dir), digestOf(t, "killed")
		kill(t, startWriter(t, dir))
		if store.Lookup(digest) != nil {
			t.Errorf("%s: half an image is there", name)
		}
		if !strings.Contains(filesIn(t, store.folder(digest)), ".tmp-") {
			t.Fatal("the killed writer left nothing to clean up")
		}
		if _, err := store.Import(context.Background(), digestOf(t, next), Description{}, writing("whole")); err != nil {
			t.Fatal(err)
		}
		if left := filesIn(t, store.folder(digest)); strings.Contains(left, ".tmp-") {
			t.Errorf("%s: left: %s", name, left)
		}
	}
}

// The files of a writer that lives are not swept away by another import.
func TestLivingWriterKeepsItsFile(t *testing.T) {
	dir := t.TempDir()
	store := open(t, dir)
	writer := startWriter(t, dir)
	defer kill(t, writer)
	if _, err := store.Import(context.Background(), digestOf(t, "other"), Description{}, writing("whole")); err != nil {
		t.Fatal(err)
	}
	if left := filesIn(t, store.folder(digestOf(t, "killed"))); !strings.Contains(left, ".tmp-") {
		t.Errorf("left: %s", left)
	}
}

func TestUnusableStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(file)
	if found, ok := errors.AsType[*failure.Error](err); !ok || found.Code != failurev1.Code_CODE_STORE {
		t.Error(err)
	}
}
