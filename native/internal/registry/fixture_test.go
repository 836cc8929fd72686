package registry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/blobs"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/reference"
	"sandboxfile/native/internal/registrytest"
)

// quick is patient enough for a busy machine and no longer.
var quick = Timing{
	Connect: 10 * time.Second, Answer: 10 * time.Second, Commit: 10 * time.Second, Stall: 10 * time.Second,
	Window: 10 * time.Second, WindowBytes: 1, Backoff: time.Millisecond, RetryAfter: 5 * time.Second,
}

func newClient(t *testing.T, timing Timing, settings *Settings) *Client {
	t.Helper()
	client := New(settings, authn.NewMultiKeychain(), timing)
	t.Cleanup(client.Close)
	return client
}

func open(t *testing.T, client *Client, text string) *Repository {
	t.Helper()
	wanted, err := reference.Parse(text, "")
	if err != nil {
		t.Fatal(err)
	}
	repository, err := client.Repository(wanted)
	if err != nil {
		t.Fatal(err)
	}
	return repository
}

// stages notes what a download shows.
type stages struct {
	mutex sync.Mutex
	seen  map[Stage]int
	last  int64
}

func (s *stages) Layer(_ v1.Hash, stage Stage, _, _ int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.seen == nil {
		s.seen = make(map[Stage]int)
	}
	s.seen[stage]++
}

func (s *stages) Total(done, _ int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.last = done
}

func (s *stages) count(stage Stage) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.seen[stage]
}

// kept is a store with its folder.
type kept struct {
	*blobs.Store
	dir string
}

func newStore(t *testing.T) *kept {
	t.Helper()
	dir := t.TempDir()
	store, err := blobs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &kept{store, dir}
}

// left lists what is not published.
func (k *kept) left(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(k.dir, "partial"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// blob is random content that a registry has.
type blob struct {
	content []byte
	Layer
}

func newBlob(size int) *blob {
	content := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(size >> 16)})
	_, _ = random.Read(content)
	return blobOf(content)
}

func blobOf(content []byte) *blob {
	digest, size, _ := v1.SHA256(bytes.NewReader(content))
	return &blob{content, Layer{Digest: digest, Size: size}}
}

// serve answers requests for the blob by itself and leaves others to the registry.
func (b *blob) serve(answer func(w http.ResponseWriter, request *http.Request, attempt int)) registrytest.Hook {
	var mutex sync.Mutex
	attempts := 0
	return func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		if !strings.HasSuffix(request.URL.Path, "/blobs/"+b.Digest.String()) {
			next.ServeHTTP(w, request)
			return
		}
		mutex.Lock()
		attempts++
		attempt := attempts
		mutex.Unlock()
		answer(w, request, attempt)
	}
}

// honest answers as a storage server would.
func (b *blob) honest(w http.ResponseWriter, request *http.Request) {
	http.ServeContent(w, request, "", time.Time{}, bytes.NewReader(b.content))
}

// breakOff sends a part and then breaks the connection.
func breakOff(w http.ResponseWriter, part []byte) {
	_, _ = w.Write(part)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// bring has layers brought into the store and reads each while it comes.
func bring(ctx context.Context, repository *Repository, store *blobs.Store, observer Observer, layers ...Layer) ([][]byte, error) {
	downloads := repository.Download(ctx, store, layers, observer)
	defer downloads.Close()
	read := make([][]byte, len(layers))
	var reading sync.WaitGroup
	for i, layer := range layers {
		reading.Go(func() {
			if stream, err := downloads.Open(ctx, layer.Digest); err == nil {
				defer stream.Close()
				read[i], _ = io.ReadAll(stream)
			}
		})
	}
	err := downloads.Wait()
	reading.Wait()
	return read, err
}

func expectCode(t *testing.T, err error, code failurev1.Code, text string) {
	t.Helper()
	named, ok := errors.AsType[*failure.Error](err)
	if !ok || named.Code != code || !strings.Contains(err.Error(), text) {
		t.Errorf("%v, expected %s with %q", err, code, text)
	}
}
