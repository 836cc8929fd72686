package registry

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/random"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/registrytest"
)

func newServer(t *testing.T) *registrytest.Server {
	t.Helper()
	server := registrytest.New(t)
	image, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	server.Push(t, "v1", image)
	return server
}

// onManifests answers requests for manifests only.
func onManifests(answer func(w http.ResponseWriter, request *http.Request, next http.Handler)) registrytest.Hook {
	return func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		if strings.Contains(request.URL.Path, "/manifests/") {
			answer(w, request, next)
			return
		}
		next.ServeHTTP(w, request)
	}
}

func TestManifestIsCheckedAgainstItsDigest(t *testing.T) {
	server := newServer(t)
	raw, digest, err := open(t, newClient(t, quick, &Settings{}), server.Name("v1")).Manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pinned := server.Host() + "/team/app@" + digest.String()
	again, _, err := open(t, newClient(t, quick, &Settings{}), pinned).Manifest(t.Context())
	if err != nil || !bytes.Equal(raw, again) {
		t.Error(err)
	}
	server.Misbehave(onManifests(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Docker-Content-Digest", digest.String())
		w.Write(bytes.Replace(raw, []byte("{"), []byte("{ "), 1))
	}))
	_, _, err = open(t, newClient(t, quick, &Settings{}), pinned).Manifest(t.Context())
	expectCode(t, err, failurev1.Code_CODE_REGISTRY_REFUSED, "its digest is sha256:")
}

func TestManifestsAreBounded(t *testing.T) {
	server := newServer(t)
	server.Misbehave(onManifests(func(w http.ResponseWriter, request *http.Request, _ http.Handler) {
		for request.Context().Err() == nil {
			w.Write(bytes.Repeat([]byte(" "), 64<<10))
		}
	}))
	_, _, err := open(t, newClient(t, quick, &Settings{}), server.Name("v1")).Manifest(t.Context())
	expectCode(t, err, failurev1.Code_CODE_REGISTRY_REFUSED, fmt.Sprintf("more than %d bytes", MaxManifest))
}

func TestManifestThatBreaksOffIsAskedForAgain(t *testing.T) {
	server := newServer(t)
	var asked atomic.Int32
	server.Misbehave(onManifests(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		if asked.Add(1) == 1 {
			w.Header().Set("Content-Length", "1000")
			breakOff(w, []byte("{"))
		}
		next.ServeHTTP(w, request)
	}))
	if _, _, err := open(t, newClient(t, quick, &Settings{}), server.Name("v1")).Manifest(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestServerThatIsNoRegistry(t *testing.T) {
	server := registrytest.New(t)
	server.Misbehave(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusNotFound) })
	_, _, err := open(t, newClient(t, quick, &Settings{}), server.Name("v1")).Manifest(t.Context())
	expectCode(t, err, failurev1.Code_CODE_REGISTRY_UNAVAILABLE, "/v2/: unexpected status code 404")
}

func TestHead(t *testing.T) {
	server := newServer(t)
	repository := open(t, newClient(t, quick, &Settings{}), server.Name("v1"))
	_, digest, err := repository.Manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := repository.Head(t.Context()); err != nil || found != digest {
		t.Error(found, err)
	}
	server.Misbehave(onManifests(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Docker-Content-Digest", "sha256:../../etc/passwd")
	}))
	if found, err := repository.Head(t.Context()); err != nil || found.Algorithm != "" {
		t.Error(found, err)
	}
	server.Misbehave(onManifests(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(http.StatusMethodNotAllowed)
	}))
	if found, err := repository.Head(t.Context()); err != nil || found.Algorithm != "" {
		t.Error(found, err)
	}
}

func TestRetryAfterHeader(t *testing.T) {
	now := time.Now()
	for header, expected := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "-3": 0, "0": 0, "soon": 0, "99999999999999999999": 0, "9999999999": 365 * 24 * time.Hour,
		now.Add(time.Hour).UTC().Format(http.TimeFormat):  time.Hour,
		now.Add(-time.Hour).UTC().Format(http.TimeFormat): 0,
	} {
		if found := retryAfter(header, now); (found - expected).Abs() > time.Second {
			t.Errorf("%q: %v, expected %v", header, found, expected)
		}
	}
}

func TestTags(t *testing.T) {
	server := newServer(t)
	image, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	server.Push(t, "v2", image)
	repository := open(t, newClient(t, quick, &Settings{}), server.Name("x"))
	tags, complete, err := repository.Tags(t.Context())
	if err != nil || !complete || strings.Join(tags, " ") != "v1 v2" {
		t.Error(tags, complete, err)
	}
	onTags := func(answer http.HandlerFunc) {
		server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
			if strings.HasSuffix(request.URL.Path, "/tags/list") {
				answer(w, request)
				return
			}
			next.ServeHTTP(w, request)
		})
	}
	onTags(func(w http.ResponseWriter, request *http.Request) {
		if request.URL.Query().Get("last") == "" {
			w.Header().Set("Link", `<http://169.254.169.254/v2/team/app/tags/list?n=1000&last=a>; rel="next"`)
			fmt.Fprint(w, `{"tags":["a"]}`)
			return
		}
		fmt.Fprint(w, `{"tags":["b"]}`)
	})
	if tags, complete, err = repository.Tags(t.Context()); err != nil || !complete || strings.Join(tags, " ") != "a b" {
		t.Error(tags, complete, err)
	}
	onTags(func(w http.ResponseWriter, request *http.Request) {
		w.Header().Set("Link", "<"+request.URL.String()+">")
		fmt.Fprint(w, `{"tags":["a"]}`)
	})
	if tags, complete, err = repository.Tags(t.Context()); err != nil || complete || len(tags) != maxPages {
		t.Error(len(tags), complete, err)
	}
	onTags(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"tags":["a"`+strings.Repeat(`,"a"`, MaxTags)+`]}`)
	})
	if tags, complete, err = repository.Tags(t.Context()); err != nil || complete || len(tags) != MaxTags {
		t.Error(len(tags), complete, err)
	}
	onTags(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"tags":["\u001b[2J"]}`) })
	_, _, err = repository.Tags(t.Context())
	expectCode(t, err, failurev1.Code_CODE_REGISTRY_REFUSED, "listed as a tag")
}

// FuzzAnswers are headers of a registry that may be anything.
func FuzzAnswers(f *testing.F) {
	f.Add("bytes 5-9/10", "3", "</v2/?n=1>; rel=next")
	f.Add("bytes */10", time.Now().UTC().Format(http.TimeFormat), "<")
	f.Add("bytes 5-9/*", "-1", "<%zz>")
	f.Fuzz(func(t *testing.T, contentRange, after, link string) {
		if checkRange(contentRange, 5, 10) == nil && contentRange != "bytes 5-9/10" && contentRange != "bytes 5-9/*" {
			t.Errorf("range %q", contentRange)
		}
		if wait := retryAfter(after, time.Now()); wait < 0 || wait > 366*24*time.Hour {
			t.Errorf("%q: %v", after, wait)
		}
		if next, err := nextPage(link); err != nil && next != nil {
			t.Errorf("%q: %v", link, next)
		}
	})
}
