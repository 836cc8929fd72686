package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/registrytest"
)

// Servers that break off, each in its own way, and give in at last.
var unreliable = map[string]func(b *blob) func(http.ResponseWriter, *http.Request, int){
	"resumes": func(b *blob) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, request *http.Request, attempt int) {
			if attempt == 1 {
				w.Header().Set("Content-Length", fmt.Sprint(b.Size))
				breakOff(w, b.content[:len(b.content)/2])
			}
			if request.Header.Get("Range") == "" {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			b.honest(w, request)
		}
	},
	"knows no ranges": func(b *blob) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, attempt int) {
			w.Header().Set("Content-Length", fmt.Sprint(b.Size))
			if attempt == 1 {
				breakOff(w, b.content[:len(b.content)/2])
			}
			w.Write(b.content)
		}
	},
	"ends early without saying so": func(b *blob) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, request *http.Request, attempt int) {
			if attempt == 1 {
				w.Write(b.content[:len(b.content)/2])
				http.NewResponseController(w).Flush()
				return
			}
			b.honest(w, request)
		}
	},
	"begins with something else": func(b *blob) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, request *http.Request, attempt int) {
			if attempt == 1 {
				breakOff(w, bytes.Repeat([]byte{'x'}, len(b.content)/2))
			}
			b.honest(w, request)
		}
	},
	"goes on with something else": func(b *blob) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, request *http.Request, attempt int) {
			switch attempt {
			case 1:
				breakOff(w, b.content[:len(b.content)/2])
			case 2:
				http.ServeContent(w, request, "", time.Time{}, bytes.NewReader(bytes.Repeat([]byte{'x'}, len(b.content))))
			default:
				b.honest(w, request)
			}
		}
	},
	"takes no range any more": func(b *blob) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, request *http.Request, attempt int) {
			switch {
			case attempt == 1:
				breakOff(w, b.content[:len(b.content)/2])
			case request.Header.Get("Range") != "":
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			default:
				b.honest(w, request)
			}
		}
	},
	"breaks off after each MiB": func(b *blob) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, request *http.Request, _ int) {
			var from int
			fmt.Sscanf(request.Header.Get("Range"), "bytes=%d-", &from)
			if from > 0 {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, b.Size-1, b.Size))
				w.WriteHeader(http.StatusPartialContent)
			}
			breakOff(w, b.content[from:min(from+enoughProgress, len(b.content))])
		}
	},
	"is busy first": func(b *blob) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, request *http.Request, attempt int) {
			if statuses := []int{429, 503, 500, 502}; attempt <= len(statuses) {
				w.WriteHeader(statuses[attempt-1])
				return
			}
			b.honest(w, request)
		}
	},
}

func TestDownloadsSurvive(t *testing.T) {
	for name, behave := range unreliable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, store, wanted, seen := registrytest.New(t), newStore(t), newBlob(8<<20), &stages{}
			server.Misbehave(wanted.serve(behave(wanted)))
			repository := open(t, newClient(t, quick, &Settings{}), server.Name("x"))
			if _, err := bring(t.Context(), repository, store.Store, seen, wanted.Layer); err != nil {
				t.Fatal(err)
			}
			if size, exists := store.Size(wanted.Digest); !exists || size != wanted.Size {
				t.Error(size, exists)
			}
			if left := store.left(t); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
			if seen.count(Retrying) == 0 && name != "begins with something else" || seen.count(Done) != 1 || seen.last != wanted.Size {
				t.Errorf("%+v", seen)
			}
		})
	}
}

// Servers from which nothing is to be had.
var hopeless = map[string]struct {
	code   failurev1.Code
	text   string
	asked  int // requests at most
	answer func(b *blob, w http.ResponseWriter, request *http.Request)
}{
	"other content": {failurev1.Code_CODE_REGISTRY_REFUSED, "digest is sha256:", 1, func(b *blob, w http.ResponseWriter, _ *http.Request) {
		w.Write(bytes.Repeat([]byte{'x'}, len(b.content)))
	}},
	"longer than announced": {failurev1.Code_CODE_REGISTRY_REFUSED, "bytes", 1, func(b *blob, w http.ResponseWriter, _ *http.Request) {
		w.Write(append(bytes.Clone(b.content), 'x'))
	}},
	"endless": {failurev1.Code_CODE_REGISTRY_REFUSED, "bytes", 1, func(_ *blob, w http.ResponseWriter, request *http.Request) {
		for request.Context().Err() == nil {
			w.Write(make([]byte, 64<<10))
		}
	}},
	"another size": {failurev1.Code_CODE_REGISTRY_REFUSED, "are sent, expected", 1, func(b *blob, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(b.Size-1))
		w.Write(b.content[1:])
	}},
	"another range": {failurev1.Code_CODE_REGISTRY_REFUSED, "expected \"bytes 0-", 1, func(b *blob, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 1-%d/%d", b.Size-1, b.Size))
		w.WriteHeader(http.StatusPartialContent)
	}},
	"always broken": {failurev1.Code_CODE_REGISTRY_UNAVAILABLE, "after 10 of", maxAttempts, func(b *blob, w http.ResponseWriter, _ *http.Request) { breakOff(w, b.content[:10]) }},
	"always busy":   {failurev1.Code_CODE_REGISTRY_RATE_LIMITED, "429", maxAttempts, func(_ *blob, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }},
	"busy for long": {failurev1.Code_CODE_REGISTRY_RATE_LIMITED, "after 1h0m0s", 1, func(_ *blob, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(429)
	}},
	"always failing": {failurev1.Code_CODE_REGISTRY_UNAVAILABLE, "500", maxAttempts, func(_ *blob, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
	"not there":      {failurev1.Code_CODE_REGISTRY_UNKNOWN, "404", 1, func(_ *blob, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
	"forbidden":      {failurev1.Code_CODE_REGISTRY_FORBIDDEN, "403", 1, func(_ *blob, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }},
	"unauthorized":   {failurev1.Code_CODE_REGISTRY_UNAUTHORIZED, "401", 2, func(_ *blob, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }},
	"redirect loop": {failurev1.Code_CODE_REGISTRY_UNAVAILABLE, "redirects", 10, func(_ *blob, w http.ResponseWriter, request *http.Request) {
		http.Redirect(w, request, request.URL.String(), http.StatusTemporaryRedirect)
	}},
}

func TestDownloadsFail(t *testing.T) {
	for name, c := range hopeless {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, store, wanted, seen := registrytest.New(t), newStore(t), newBlob(100<<10), &stages{}
			var asked atomic.Int32
			server.Misbehave(wanted.serve(func(w http.ResponseWriter, request *http.Request, _ int) {
				asked.Add(1)
				c.answer(wanted, w, request)
			}))
			repository := open(t, newClient(t, quick, &Settings{}), server.Name("x"))
			_, err := bring(t.Context(), repository, store.Store, seen, wanted.Layer)
			expectCode(t, err, c.code, c.text)
			expectCode(t, err, c.code, "layer 1 ("+wanted.Digest.String()+")")
			if _, exists := store.Size(wanted.Digest); exists {
				t.Error("it is published")
			}
			if count := int(asked.Load()); count > c.asked {
				t.Errorf("asked %d times", count)
			}
			server.Misbehave(wanted.serve(func(w http.ResponseWriter, request *http.Request, _ int) { wanted.honest(w, request) }))
			if _, err := bring(t.Context(), repository, store.Store, seen, wanted.Layer); err != nil {
				t.Errorf("the next attempt: %v", err)
			}
		})
	}
}

func TestSilenceEnds(t *testing.T) {
	// Its client also asks what the server does answer, be the machine busy.
	silent := quick
	silent.Answer = 2 * time.Second
	stalled := quick
	stalled.Stall = 200 * time.Millisecond
	dripping := quick
	dripping.Window, dripping.WindowBytes = 200*time.Millisecond, 1<<20
	for name, c := range map[string]struct {
		timing Timing
		text   string
		answer func(b *blob, w http.ResponseWriter, until <-chan struct{})
	}{
		"no answer": {silent, "no answer in 2s", func(_ *blob, _ http.ResponseWriter, until <-chan struct{}) { <-until }},
		"stall": {stalled, "not a byte in 200ms", func(b *blob, w http.ResponseWriter, until <-chan struct{}) {
			w.Write(b.content[:10])
			http.NewResponseController(w).Flush()
			<-until
		}},
		"drip": {dripping, "bytes in 200ms", func(b *blob, w http.ResponseWriter, until <-chan struct{}) {
			for i := range b.content {
				w.Write(b.content[i : i+1])
				http.NewResponseController(w).Flush()
				select {
				case <-time.After(5 * time.Millisecond):
				case <-until:
					return
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, store, wanted := registrytest.New(t), newStore(t), newBlob(100<<10)
			server.Misbehave(wanted.serve(func(w http.ResponseWriter, request *http.Request, _ int) {
				c.answer(wanted, w, request.Context().Done())
			}))
			repository := open(t, newClient(t, c.timing, &Settings{}), server.Name("x"))
			_, err := bring(t.Context(), repository, store.Store, &stages{}, wanted.Layer)
			expectCode(t, err, failurev1.Code_CODE_REGISTRY_TIMEOUT, c.text)
			if _, asked := server.Asked(); len(asked) != maxSilences {
				t.Errorf("asked %d times", len(asked))
			}
		})
	}
}

// A registry that asks to wait is waited for.
func TestRetryAfter(t *testing.T) {
	server, store, wanted := registrytest.New(t), newStore(t), newBlob(100)
	var first atomic.Int64
	server.Misbehave(wanted.serve(func(w http.ResponseWriter, request *http.Request, attempt int) {
		if attempt == 1 {
			first.Store(time.Now().UnixNano())
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if waited := time.Duration(time.Now().UnixNano() - first.Load()); waited < time.Second {
			t.Errorf("asked again after %v", waited)
		}
		wanted.honest(w, request)
	}))
	repository := open(t, newClient(t, quick, &Settings{}), server.Name("x"))
	if _, err := bring(t.Context(), repository, store.Store, &stages{}, wanted.Layer); err != nil {
		t.Error(err)
	}
}

func TestLayersComeInParallelWithinABound(t *testing.T) {
	server, store := registrytest.New(t), newStore(t)
	var wanted []Layer
	contents := make(map[string]*blob)
	for i := range 12 {
		made := newBlob(1000 + i)
		contents[made.Digest.String()] = made
		wanted = append(wanted, made.Layer, made.Layer) // each twice, as images have it
	}
	var mutex sync.Mutex
	under, most := 0, 0
	together := make(chan struct{})
	server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		served := contents[filepath.Base(request.URL.Path)]
		if served == nil {
			next.ServeHTTP(w, request)
			return
		}
		mutex.Lock()
		under++
		if most = max(most, under); under == maxDownloads && most == under {
			select {
			case <-together:
			default:
				close(together)
			}
		}
		mutex.Unlock()
		<-together
		served.honest(w, request)
		mutex.Lock()
		under--
		mutex.Unlock()
	})
	repository := open(t, newClient(t, quick, &Settings{}), server.Name("x"))
	read, err := bring(t.Context(), repository, store.Store, &stages{}, wanted...)
	if err != nil {
		t.Fatal(err)
	}
	for i, layer := range wanted {
		if !bytes.Equal(read[i], contents[layer.Digest.String()].content) {
			t.Errorf("layer %d: %d bytes", i, len(read[i]))
		}
	}
	if _, asked := server.Asked(); most != maxDownloads || len(asked) != 12 {
		t.Errorf("%d at once, %d requests", most, len(asked))
	}
}

// What one process has brought, another takes over after it was cancelled.
func TestCancelledDownloadIsResumed(t *testing.T) {
	server, store, wanted := registrytest.New(t), newStore(t), newBlob(1<<20)
	ctx, cancel := context.WithCancel(t.Context())
	half := len(wanted.content) / 2
	server.Misbehave(wanted.serve(func(w http.ResponseWriter, request *http.Request, attempt int) {
		if attempt > 1 {
			if asked := request.Header.Get("Range"); asked != fmt.Sprintf("bytes=%d-%d", half, wanted.Size-1) {
				t.Errorf("asked for %q", asked)
			}
			wanted.honest(w, request)
			return
		}
		w.Write(wanted.content[:half])
		http.NewResponseController(w).Flush()
		partial := filepath.Join(store.dir, "partial", wanted.Digest.Hex)
		for {
			if info, err := os.Stat(partial); err == nil && info.Size() == int64(half) {
				break
			}
			time.Sleep(time.Millisecond)
		}
		cancel()
		<-request.Context().Done()
	}))
	repository := open(t, newClient(t, quick, &Settings{}), server.Name("x"))
	if _, err := bring(ctx, repository, store.Store, &stages{}, wanted.Layer); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := bring(t.Context(), repository, store.Store, &stages{}, wanted.Layer); err != nil {
		t.Error(err)
	}
}
