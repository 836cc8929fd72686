// Package registrytest has a registry for tests: a real one, which can be made to misbehave.
package registrytest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Hook stands before the registry; next is the registry itself.
type Hook func(w http.ResponseWriter, request *http.Request, next http.Handler)

// Server is a registry on loopback.
type Server struct {
	*httptest.Server
	registry http.Handler

	mutex    sync.Mutex
	hook     Hook
	requests []string
}

// New speaks plain http.
func New(t testing.TB) *Server {
	t.Helper()
	server := unstarted()
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// NewTLS has a certificate that nobody knows; see httptest.
func NewTLS(t testing.TB) *Server {
	t.Helper()
	server := unstarted()
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func unstarted() *Server {
	silent := log.New(io.Discard, "", 0)
	server := &Server{registry: registry.New(registry.Logger(silent))}
	server.Server = httptest.NewUnstartedServer(http.HandlerFunc(server.serve))
	server.Config.ErrorLog = silent
	return server
}

func (s *Server) serve(w http.ResponseWriter, request *http.Request) {
	s.mutex.Lock()
	s.requests = append(s.requests, request.Method+" "+request.URL.Path)
	hook := s.hook
	s.mutex.Unlock()
	if hook == nil {
		s.registry.ServeHTTP(w, request)
		return
	}
	hook(w, request, s.registry)
}

// Misbehave puts a hook before the registry; nil takes it away.
func (s *Server) Misbehave(hook Hook) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.hook = hook
}

// Host is what references begin with.
func (s *Server) Host() string { return s.Listener.Addr().String() }

// Name is a reference to the tag of a repository that is always the same.
func (s *Server) Name(tag string) string { return s.Host() + "/team/app:" + tag }

// Push puts an image or an index into the registry, unseen by hooks and Asked.
func (s *Server) Push(t testing.TB, tag string, pushed remote.Taggable) {
	t.Helper()
	inside := httptest.NewServer(s.registry)
	defer inside.Close()
	target, err := name.NewTag(inside.Listener.Addr().String() + "/team/app:" + tag)
	if err != nil {
		t.Fatal(err)
	}
	switch content := pushed.(type) {
	case v1.ImageIndex:
		err = remote.WriteIndex(target, content)
	case v1.Image:
		err = remote.Write(target, content)
	default:
		err = remote.Put(target, content)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Raw is a manifest that is put as it is.
type Raw struct {
	Type    string
	Content []byte
}

// RawManifest is the content.
func (r Raw) RawManifest() ([]byte, error) { return r.Content, nil }

// Asked returns the requests for manifests and blobs since the last call.
func (s *Server) Asked() (manifests, blobs []string) {
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
