package image

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	served "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/registry"
)

// registryServer is a registry that notes what it is asked.
type registryServer struct {
	*httptest.Server
	mutex    sync.Mutex
	requests []string
}

func newRegistry(t *testing.T) *registryServer {
	t.Helper()
	handler := served.New(served.Logger(log.New(io.Discard, "", 0)))
	server := &registryServer{}
	server.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		server.mutex.Lock()
		server.requests = append(server.requests, request.Method+" "+request.URL.Path)
		server.mutex.Unlock()
		handler.ServeHTTP(w, request)
	}))
	t.Cleanup(server.Close)
	return server
}

func (s *registryServer) image(tag string) string {
	return s.Listener.Addr().String() + "/team/app:" + tag
}

func (s *registryServer) push(t *testing.T, tag string, pushed remote.Taggable) {
	t.Helper()
	parsed, err := name.ParseReference(s.image(tag))
	if err != nil {
		t.Fatal(err)
	}
	switch content := pushed.(type) {
	case v1.ImageIndex:
		err = remote.WriteIndex(parsed, content)
	case v1.Image:
		err = remote.Write(parsed, content)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.asked()
}

// asked returns requests for manifests and blobs since the last call.
func (s *registryServer) asked() (manifests, blobs []string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, request := range s.requests {
		if strings.Contains(request, "/manifests/") {
			manifests = append(manifests, request)
		}
		if strings.Contains(request, "/blobs/") {
			blobs = append(blobs, request)
		}
	}
	s.requests = nil
	return manifests, blobs
}

type ignored struct{}

func (ignored) Layer(v1.Hash, registry.Stage, int64, int64) {}
func (ignored) Total(int64, int64)                          {}

func newPuller(t *testing.T, policy PullPolicy) *Resolver {
	t.Helper()
	resolver := newResolver(t)
	timing := registry.StandardTiming
	timing.Backoff = time.Millisecond
	resolver.Registry = registry.New(&registry.Settings{}, authn.NewMultiKeychain(), timing)
	t.Cleanup(resolver.Registry.Close)
	resolver.Layers, resolver.Pull = ignored{}, policy
	return resolver
}

func indexOf(t *testing.T, images map[string]v1.Image) v1.ImageIndex {
	t.Helper()
	index := v1.ImageIndex(empty.Index)
	for architecture, image := range images {
		platform := &v1.Platform{OS: "linux", Architecture: architecture}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: platform}})
	}
	return index
}

func digestOf(t *testing.T, of interface{ Digest() (v1.Hash, error) }) string {
	t.Helper()
	digest, err := of.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func TestPull(t *testing.T) {
	server := newRegistry(t)
	one, two := newImage(t, "amd64", ""), newImage(t, "amd64", "")
	server.push(t, "v1", one)
	resolver := newPuller(t, PullAlways)
	found, err := resolver.Resolve(t.Context(), server.image("v1"))
	if err != nil || found.Digest != digestOf(t, one) || found.Reference != server.image("v1") {
		t.Fatal(found, err)
	}
	if manifests, blobs := server.asked(); len(manifests) != 1 || len(blobs) != 2 {
		t.Errorf("first pull: %v %v", manifests, blobs)
	}
	if found = must1(t, resolver, server.image("v1")); found.Digest != digestOf(t, one) {
		t.Error(found)
	}
	if manifests, blobs := server.asked(); len(manifests) != 1 || len(blobs) != 0 {
		t.Errorf("second pull: %v %v", manifests, blobs)
	}
	server.push(t, "v1", two)
	if found = must1(t, resolver, server.image("v1")); found.Digest != digestOf(t, two) {
		t.Error("the tag has moved, the image has not")
	}
	server.Close()
	resolver.Pull = PullMissing
	if found = must1(t, resolver, server.image("v1")); found.Digest != digestOf(t, two) {
		t.Error(found)
	}
}

func must1(t *testing.T, resolver *Resolver, text string) *Resolved {
	t.Helper()
	found, err := resolver.Resolve(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPullOfAnIndex(t *testing.T) {
	server := newRegistry(t)
	amd, arm := newImage(t, "amd64", ""), newImage(t, "arm64", "v8")
	index := indexOf(t, map[string]v1.Image{"amd64": amd, "arm64": arm})
	server.push(t, "v1", index)
	resolver := newPuller(t, PullAlways)
	if found := must1(t, resolver, server.image("v1")); found.Digest != digestOf(t, amd) {
		t.Error(found)
	}
	server.asked()
	must1(t, resolver, server.image("v1"))
	if manifests, blobs := server.asked(); len(manifests) != 1 || len(blobs) != 0 {
		t.Errorf("second pull: %v %v", manifests, blobs)
	}
	resolver.Platform.Architecture = "arm64"
	if found := must1(t, resolver, server.image("v1")); found.Digest != digestOf(t, arm) {
		t.Error(found)
	}
	resolver.Platform.Architecture = "riscv64"
	expectFailure(t, resolver, server.image("v1"), failurev1.Code_CODE_IMAGE_PLATFORM, "wanted linux/riscv64, it has linux/amd64, linux/arm64")
	server.asked()
	resolver.Platform.Architecture = "amd64"
	pinned := strings.Replace(server.image("v1"), ":v1", "@"+digestOf(t, index), 1)
	if found := must1(t, resolver, pinned); found.Digest != digestOf(t, amd) || found.Reference != pinned {
		t.Error(found)
	}
	server.Close()
	if found := must1(t, resolver, pinned); found.Digest != digestOf(t, amd) {
		t.Error("what is pinned needs no network")
	}
}

func TestPullOfWhatIsNotThere(t *testing.T) {
	server := newRegistry(t)
	resolver := newPuller(t, PullMissing)
	expectFailure(t, resolver, server.image("v1"), failurev1.Code_CODE_REGISTRY_UNKNOWN, server.image("v1"))
	server.Close()
	expectFailure(t, resolver, server.image("v1"), failurev1.Code_CODE_REGISTRY_UNAVAILABLE, "connection refused")
}

func TestPullCanBeCancelled(t *testing.T) {
	server := newRegistry(t)
	server.push(t, "v1", newImage(t, "amd64", ""))
	resolver := newPuller(t, PullMissing)
	ctx, cancel := context.WithCancel(t.Context())
	resolver.Progress = func(int64, int64) { cancel() }
	if _, err := resolver.Resolve(ctx, server.image("v1")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	resolver.Progress = func(int64, int64) {}
	must1(t, resolver, server.image("v1"))
}
