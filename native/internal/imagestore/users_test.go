package imagestore

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

// TestUserProcess is no test but a user that TestKilledUser kills.
func TestUserProcess(t *testing.T) {
	rootDisk := os.Getenv("MENV_TEST_ROOT_DISK")
	if rootDisk == "" {
		t.Skip("only for TestKilledUser")
	}
	if _, err := Use(context.Background(), rootDisk, User{Project: "/p", Sandbox: "s"}); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("using\n")
	_, _ = io.Copy(io.Discard, os.Stdin) // until killed
}

func TestKilledUser(t *testing.T) {
	store := open(t, t.TempDir())
	digest := addImage(t, store, []string{"one"}, "a:1")
	rootDisk := store.Lookup(digest).RootDisk
	command := exec.Command(os.Args[0], "-test.run", "^TestUserProcess$")
	command.Env = append(os.Environ(), "MENV_TEST_ROOT_DISK="+rootDisk)
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
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil || line != "using\n" {
		t.Fatalf("%q %v", line, err)
	}
	entry, err := store.Entry(find(t, store, "a:1"))
	if err != nil || len(entry.Users) != 1 || entry.Users[0].String() != "s of /p" {
		t.Errorf("%+v %v", entry, err)
	}
	kill(t, command)
	if entry, err := store.Entry(find(t, store, "a:1")); err != nil || len(entry.Users) != 0 {
		t.Errorf("%+v %v", entry, err)
	}
	// The next user sweeps up.
	hold, err := Use(context.Background(), rootDisk, User{})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(store.folder(digest), usersFolder)); err != nil || len(left) != 1 {
		t.Errorf("%v %v", left, err)
	}
	if err := hold.Release(); err != nil {
		t.Error(err)
	}
	if _, err := store.Remove(context.Background(), []Target{find(t, store, "a:1")}); err != nil {
		t.Error(err)
	}
}

func TestUseIsNoted(t *testing.T) {
	store := open(t, t.TempDir())
	digest := addImage(t, store, []string{"one"}, "a:1")
	for what, use := range map[string]func(){
		"lookup": func() { store.Lookup(digest) },
		"run": func() {
			hold, err := Use(context.Background(), filepath.Join(store.folder(digest), rootFile), User{})
			if err != nil || hold.Release() != nil {
				t.Error(err)
			}
		},
	} {
		aged(t, store, time.Hour, digest)
		use()
		entry, err := store.Entry(find(t, store, "a:1"))
		if err != nil || time.Since(entry.LastUsed) > time.Minute {
			t.Errorf("%s: %+v %v", what, entry, err)
		}
	}
}

func TestUseOfWhatIsGone(t *testing.T) {
	store := open(t, t.TempDir())
	digest := addImage(t, store, []string{"one"}, "a:1")
	rootDisk := store.Lookup(digest).RootDisk
	if _, err := store.Remove(context.Background(), []Target{find(t, store, "a:1")}); err != nil {
		t.Fatal(err)
	}
	_, err := Use(context.Background(), rootDisk, User{})
	expectCode(t, err, failurev1.Code_CODE_ASSET_MISSING, rootDisk)
	// What is no image gets no files beside it.
	other := t.TempDir()
	_, err = Use(context.Background(), filepath.Join(other, rootFile), User{})
	expectCode(t, err, failurev1.Code_CODE_ASSET_MISSING, other)
	if left := filesIn(t, other); left != "" {
		t.Errorf("left: %s", left)
	}
}
