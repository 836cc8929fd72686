package image

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/registrytest"
)

func pushed(t *testing.T, resolver *Resolver, source, destination string) {
	t.Helper()
	if _, err := resolver.Push(t.Context(), source, destination); err != nil {
		t.Fatal(err)
	}
}

// uploads counts the requests that send a blob.
func uploads(blobs []string) (count int) {
	for _, request := range blobs {
		if strings.HasPrefix(request, http.MethodPatch) {
			count++
		}
	}
	return count
}

func TestPush(t *testing.T) {
	from, to := registrytest.New(t), registrytest.New(t)
	image := newImage(t, "amd64", "")
	from.Push(t, "v1", image)
	resolver := newPuller(t, PullMissing)
	pulled(t, resolver, from.Name("v1"))
	pushed(t, resolver, from.Name("v1"), to.Name("v2"))
	if _, blobs := to.Asked(); uploads(blobs) != 2 {
		t.Errorf("first push: %v", blobs)
	}
	pushed(t, resolver, to.Name("v2"), to.Name("v2"))
	if manifests, blobs := to.Asked(); len(blobs) != 0 || len(manifests) != 1 {
		t.Errorf("second push: %v %v", manifests, blobs)
	}
	other := newPuller(t, PullAlways)
	if found := pulled(t, other, to.Name("v2")); found.Digest != digestOf(t, image) {
		t.Error(found.Digest)
	}
	to.Close()
	from.Close()
	if found := pulled(t, resolver, to.Name("v2")); found.Digest != digestOf(t, image) {
		t.Error("what was pushed is not known by its new name")
	}
}

// noBlobs has the registry have no blob; uploads begin with begin.
func noBlobs(begin http.HandlerFunc) registrytest.Hook {
	return func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		switch {
		case request.Method == http.MethodPost:
			begin(w, request)
		case request.Method == http.MethodHead && strings.Contains(request.URL.Path, "/blobs/"):
			w.WriteHeader(http.StatusNotFound)
		default:
			next.ServeHTTP(w, request)
		}
	}
}

// A registry takes layers from another of its repositories.
func TestPushMounts(t *testing.T) {
	server := registrytest.New(t)
	server.Push(t, "v1", newImage(t, "amd64", ""))
	resolver := newPuller(t, PullMissing)
	pulled(t, resolver, server.Name("v1"))
	var mounts atomic.Int32
	server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		if request.URL.Query().Get("from") == "team/app" && request.URL.Query().Get("mount") != "" {
			mounts.Add(1)
			w.WriteHeader(http.StatusCreated)
			return
		}
		if request.Method == http.MethodHead && strings.Contains(request.URL.Path, "/blobs/") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		next.ServeHTTP(w, request)
	})
	server.Asked()
	pushed(t, resolver, server.Name("v1"), server.Host()+"/team/other:v1")
	if _, blobs := server.Asked(); mounts.Load() != 1 || uploads(blobs) != 1 {
		t.Errorf("%d mounts, %v", mounts.Load(), blobs) // the configuration is sent
	}
}

func TestPushIsRepeated(t *testing.T) {
	from, to := registrytest.New(t), registrytest.New(t)
	from.Push(t, "v1", newImage(t, "amd64", ""))
	resolver := newPuller(t, PullMissing)
	pulled(t, resolver, from.Name("v1"))
	var refused atomic.Int32
	to.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		if request.Method == http.MethodPatch && refused.Add(1) <= 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, request)
	})
	pushed(t, resolver, from.Name("v1"), to.Name("v1"))
	pulled(t, newPuller(t, PullAlways), to.Name("v1"))
}

func TestPushFails(t *testing.T) {
	server := registrytest.New(t)
	image := newImage(t, "amd64", "")
	server.Push(t, "v1", image)
	resolver := newPuller(t, PullMissing)
	pulled(t, resolver, server.Name("v1"))
	expect := func(source, destination string, code failurev1.Code, text string) {
		t.Helper()
		_, err := resolver.Push(t.Context(), source, destination)
		named, ok := errors.AsType[*failure.Error](err)
		if !ok || named.Code != code || !strings.Contains(err.Error(), text) {
			t.Errorf("%s to %s: %v, expected %s with %q", source, destination, err, code, text)
		}
	}
	there := server.Name("v1")
	expect(server.Name("v0"), there, failurev1.Code_CODE_IMAGE_NOT_CACHED, server.Name("v0"))
	expect("/no/such", there, failurev1.Code_CODE_IMAGE_NOT_CACHED, "/no/such")
	expect(there, "UPPER", failurev1.Code_CODE_IMAGE_REFERENCE, "UPPER")
	expect(there, server.Host()+"/app@"+digestOf(t, image), failurev1.Code_CODE_IMAGE_REFERENCE, "pushed to tags")
	server.Misbehave(noBlobs(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	expect(there, server.Host()+"/other:v1", failurev1.Code_CODE_REGISTRY_FORBIDDEN, server.Host()+"/other:v1")
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	digest, err := layers[0].Digest()
	if err == nil {
		err = resolver.Store.Blobs().Remove(digest)
	}
	if err != nil {
		t.Fatal(err)
	}
	expect(there, server.Host()+"/other:v1", failurev1.Code_CODE_IMAGE_INVALID, "layer 1 ("+digest.String()+")")
	folder := newLayout(t, map[string]v1.Image{"": newImage(t, "amd64", "")})
	resolve(t, resolver, folder)
	expect(folder, there, failurev1.Code_CODE_IMAGE_INVALID, "load the image")
}

func TestPushCanBeCancelled(t *testing.T) {
	server := registrytest.New(t)
	server.Push(t, "v1", newImage(t, "amd64", ""))
	resolver := newPuller(t, PullMissing)
	pulled(t, resolver, server.Name("v1"))
	ctx, cancel := context.WithCancel(t.Context())
	server.Misbehave(noBlobs(func(_ http.ResponseWriter, request *http.Request) {
		cancel()
		<-request.Context().Done()
	}))
	if _, err := resolver.Push(ctx, server.Name("v1"), server.Host()+"/other:v1"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
