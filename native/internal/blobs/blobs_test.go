package blobs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

func newStore(t *testing.T, dir string) *Store {
	t.Helper()
	store, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func newWriter(t *testing.T, store *Store, content string) *Writer {
	t.Helper()
	writer, err := store.Write(t.Context(), sum([]byte(content)), int64(len(content)))
	if err != nil || writer == nil {
		t.Fatal(writer, err)
	}
	return writer
}

func write(t *testing.T, writer *Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(writer, text); err != nil {
		t.Fatal(err)
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

func TestImport(t *testing.T) {
	store := newStore(t, t.TempDir())
	digest := sum([]byte("content"))
	if _, err := store.Open(digest); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for range 2 {
		if err := store.Import(t.Context(), digest, 7, strings.NewReader("content")); err != nil {
			t.Fatal(err)
		}
	}
	if data, err := store.Read(digest, 7); err != nil || string(data) != "content" {
		t.Errorf("%q %v", data, err)
	}
	if _, err := store.Read(digest, 6); err == nil {
		t.Error("more was read than the bound allows")
	}
	if size, exists := store.Size(digest); !exists || size != 7 {
		t.Error(size, exists)
	}
	if list, err := store.List(); err != nil || len(list) != 1 || list[0] != digest {
		t.Error(list, err)
	}
	if left := filesIn(t, filepath.Join(store.dir, "partial")); left != "" {
		t.Errorf("left: %s", left)
	}
	if err := errors.Join(store.Remove(digest), store.Remove(digest)); err != nil {
		t.Error(err)
	}
	if _, exists := store.Size(digest); exists {
		t.Error("removed and there")
	}
}

func TestWrongContentIsNotPublished(t *testing.T) {
	store := newStore(t, t.TempDir())
	digest := sum([]byte("content"))
	var mismatch *MismatchError
	for content, check := range map[string]func(error) bool{
		"CONTENT":  func(err error) bool { return errors.As(err, &mismatch) },
		"conten":   func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
		"contents": func(err error) bool { return err != nil && strings.Contains(err.Error(), "announced") },
	} {
		if err := store.Import(t.Context(), digest, 7, strings.NewReader(content)); !check(err) {
			t.Errorf("%s: %v", content, err)
		}
		if _, exists := store.Size(digest); exists {
			t.Errorf("%s is published", content)
		}
	}
	if err := store.Import(t.Context(), digest, 7, strings.NewReader("content")); err != nil {
		t.Error(err)
	}
}

func TestResume(t *testing.T) {
	store := newStore(t, t.TempDir())
	first := newWriter(t, store, "content")
	write(t, first, "cont")
	first.Close()
	second := newWriter(t, store, "content")
	defer second.Close()
	if second.Written() != 4 {
		t.Fatalf("%d bytes are left", second.Written())
	}
	write(t, second, "ent")
	if err := second.Commit(); err != nil {
		t.Error(err)
	}
}

func TestTooMuchWasLeft(t *testing.T) {
	store := newStore(t, t.TempDir())
	if err := os.WriteFile(filepath.Join(store.dir, "partial", sum([]byte("x")).Hex), []byte("xxx"), 0o600); err != nil {
		t.Fatal(err)
	}
	writer := newWriter(t, store, "x")
	defer writer.Close()
	if writer.Written() != 0 {
		t.Errorf("%d bytes are left", writer.Written())
	}
}

func TestDiscardLeavesNothing(t *testing.T) {
	store := newStore(t, t.TempDir())
	writer := newWriter(t, store, "content")
	write(t, writer, "cont")
	writer.Discard()
	writer.Close()
	if left := filesIn(t, filepath.Join(store.dir, "partial")); left != "" {
		t.Errorf("left: %s", left)
	}
}

func TestOneWriter(t *testing.T) {
	dir := t.TempDir()
	digest := sum([]byte("content"))
	var writers atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			writer, err := newStore(t, dir).Write(context.Background(), digest, 7)
			if err != nil {
				t.Error(err)
				return
			}
			if writer == nil {
				return
			}
			writers.Add(1)
			io.WriteString(writer, "content")
			if err := writer.Commit(); err != nil {
				t.Error(err)
			}
			defer writer.Close() // after the others may go on
		})
	}
	all.Wait()
	if writers.Load() != 1 {
		t.Errorf("%d writers", writers.Load())
	}
}

func TestWaitingCanBeCancelled(t *testing.T) {
	store := newStore(t, t.TempDir())
	writer := newWriter(t, store, "content")
	defer writer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Write(ctx, writer.digest, 7); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestFollowersGetEverythingOnceItIsVerified(t *testing.T) {
	store := newStore(t, t.TempDir())
	content := strings.Repeat("0123456789", 10_000)
	writer := newWriter(t, store, content)
	defer writer.Close()
	results := make(chan []byte, 3)
	for range cap(results) {
		reader := writer.Follow(t.Context())
		go func() {
			data, err := io.ReadAll(reader)
			if err != nil {
				t.Error(err)
			}
			results <- data
		}()
	}
	for rest := content; rest != ""; rest = rest[10:] {
		write(t, writer, rest[:10])
	}
	select {
	case <-results:
		t.Error("an end before the check")
	default:
	}
	if err := writer.Commit(); err != nil {
		t.Fatal(err)
	}
	for range cap(results) {
		if data := <-results; !bytes.Equal(data, []byte(content)) {
			t.Errorf("%d bytes", len(data))
		}
	}
}

func TestFollowersOfAFailedDownload(t *testing.T) {
	store := newStore(t, t.TempDir())
	writer := newWriter(t, store, "content")
	defer writer.Close()
	write(t, writer, "cont")
	untouched, touched := writer.Follow(t.Context()), writer.Follow(t.Context())
	buffer := make([]byte, 2)
	if _, err := io.ReadFull(touched, buffer); err != nil {
		t.Fatal(err)
	}
	if err := writer.Restart(); err != nil {
		t.Fatal(err)
	}
	if _, err := touched.Read(buffer); !errors.Is(err, ErrRestarted) {
		t.Error(err)
	}
	write(t, writer, "CO")
	if _, err := io.ReadFull(untouched, buffer); err != nil || string(buffer) != "CO" {
		t.Errorf("%s %v", buffer, err)
	}
	cause := errors.New("connection lost")
	writer.Fail(cause)
	if _, err := untouched.Read(buffer); !errors.Is(err, cause) {
		t.Error(err)
	}
}

func TestFollowingCanBeCancelled(t *testing.T) {
	writer := newWriter(t, newStore(t, t.TempDir()), "content")
	defer writer.Close()
	ctx, cancel := context.WithCancel(t.Context())
	reader := writer.Follow(ctx)
	defer reader.Close()
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := reader.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestDamagedBlobIsRemoved(t *testing.T) {
	store := newStore(t, t.TempDir())
	digest := sum([]byte("content"))
	if err := os.WriteFile(store.path(digest), []byte("CONTENT"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.Read(digest, 100)
	if named, ok := errors.AsType[*failure.Error](err); !ok || named.Code != failurev1.Code_CODE_STORE {
		t.Error(err)
	}
	if _, exists := store.Size(digest); exists {
		t.Error("it is still there")
	}
}

func TestDigestsThatAreNone(t *testing.T) {
	store := newStore(t, t.TempDir())
	for _, digest := range []v1.Hash{
		{}, {Algorithm: "sha256", Hex: "../../x"}, {Algorithm: "..", Hex: "x"}, {Algorithm: "sha256", Hex: "abcd"},
		{Algorithm: "sha512", Hex: strings.Repeat("0", 128)}, {Algorithm: "sha256", Hex: strings.Repeat("A", 64)},
	} {
		if _, err := store.Open(digest); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %v", digest, err)
		}
		if _, err := store.Write(t.Context(), digest, 1); err == nil {
			t.Errorf("%v is written", digest)
		}
		if err := store.Remove(digest); err == nil {
			t.Errorf("%v is removed", digest)
		}
	}
}
