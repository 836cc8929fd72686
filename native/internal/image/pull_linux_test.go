package image

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sys/unix"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/killtest"
	"sandboxfile/native/internal/registrytest"
)

// TestPullProcess is no test but the process that others start and kill.
func TestPullProcess(t *testing.T) {
	dir, reference, _ := strings.Cut(os.Getenv("MENV_TEST_PULL"), "|")
	if dir == "" {
		t.Skip("only for the tests of processes")
	}
	resolver := newPuller(t, PullAlways)
	resolver.Store = openStore(t, dir)
	pulled(t, resolver, reference)
}

var pullArguments = []string{"-test.run", "^TestPullProcess$"}

// newLayeredImage has layers of some hundred KiB, on top of the given ones.
func newLayeredImage(t *testing.T, count int, below ...v1.Layer) v1.Image {
	t.Helper()
	layers := below
	for range count {
		layer, err := random.Layer(200<<10, types.OCILayer)
		if err != nil {
			t.Fatal(err)
		}
		layers = append(layers, layer)
	}
	base, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64"})
	if err == nil {
		base, err = mutate.AppendLayers(base, layers...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// checkPublished looks at everything that claims to be whole.
func checkPublished(t *testing.T, dir string, images map[string]string) {
	t.Helper()
	blobs, err := filepath.Glob(filepath.Join(dir, "blobs/sha256/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range blobs {
		if found := sumOf(t, blob); found != filepath.Base(blob) {
			t.Errorf("published is a blob of %s as %s", found, blob)
		}
	}
	records, err := filepath.Glob(filepath.Join(dir, "sha256/*/image.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		folder := filepath.Dir(record)
		if found := sumOf(t, filepath.Join(folder, "root.erofs")); found != images[filepath.Base(folder)] {
			t.Errorf("published is half an image: %s", folder)
		}
	}
}

func sumOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// unfinished lists what no ending leaves but a kill.
func unfinished(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && (strings.HasPrefix(entry.Name(), ".tmp-") || filepath.Base(filepath.Dir(path)) == "partial") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// rootDisks is what the image's root file system is when nobody kills anything.
func rootDisks(t *testing.T, references ...string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, reference := range references {
		image := pulled(t, newPuller(t, PullAlways), reference)
		found[strings.TrimPrefix(image.Digest, "sha256:")] = sumOf(t, image.RootDisk)
	}
	return found
}

func TestPullKilledAtEachStep(t *testing.T) {
	server := registrytest.New(t)
	server.Push(t, "v1", indexOf(t, map[string]v1.Image{"amd64": newLayeredImage(t, 2)}))
	images := rootDisks(t, server.Name("v1"))
	var dir string
	environment := []string{""}
	steps := killtest.EachStep(t, pullArguments, environment, func(int) {
		dir = t.TempDir()
		environment[0] = "MENV_TEST_PULL=" + dir + "|" + server.Name("v1")
	}, func(step int) {
		checkPublished(t, dir, images)
		resolver := newPuller(t, PullMissing)
		resolver.Store = openStore(t, dir)
		if _, err := resolver.Resolve(t.Context(), server.Name("v1")); err != nil {
			t.Fatalf("step %d: the next pull: %v", step, err)
		}
		checkPublished(t, dir, images)
		if left := unfinished(t, dir); len(left) > 0 {
			t.Errorf("step %d: left: %v", step, left)
		}
		if _, err := resolver.Store.Prune(t.Context(), math.MaxInt64); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%d steps", steps)
	if steps < 40 {
		t.Errorf("only %d steps", steps)
	}
}

// Processes that pull the same image, and others that share layers, bring each blob once.
func TestProcessesPullingAtOnce(t *testing.T) {
	server := registrytest.New(t)
	shared, err := random.Layer(200<<10, types.OCILayer)
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"one", "two"} {
		server.Push(t, tag, newLayeredImage(t, 2, shared))
	}
	const processes = 4
	var mutex sync.Mutex
	asked := make(map[string]int)
	var arrived int
	all := make(chan struct{})
	server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		mutex.Lock()
		if request.Method == http.MethodGet {
			asked[request.URL.Path]++
		}
		if strings.Contains(request.URL.Path, "/manifests/") {
			if arrived++; arrived == processes {
				close(all)
			}
		}
		mutex.Unlock()
		if strings.Contains(request.URL.Path, "/blobs/") {
			<-all // nobody is done before the last has begun
		}
		next.ServeHTTP(w, request)
	})
	dir := t.TempDir()
	var ended sync.WaitGroup
	for i := range processes {
		ended.Go(func() {
			command := exec.Command(os.Args[0], pullArguments...)
			command.Env = append(os.Environ(), "MENV_TEST_PULL="+dir+"|"+server.Name([]string{"one", "two"}[i%2]))
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
	ended.Wait()
	blobs := 0
	for path, count := range asked {
		if strings.Contains(path, "/blobs/") {
			if blobs++; count != 1 {
				t.Errorf("%s: asked %d times", path, count)
			}
		}
	}
	if blobs != 7 { // two configurations, five layers
		t.Errorf("%d blobs, asked: %v", blobs, asked)
	}
}

// On a disk that is full at any moment of a pull, the pull says so, what was there still is, and
// the next one succeeds once there is space.
func TestPullOntoAFullDisk(t *testing.T) {
	server := registrytest.New(t)
	server.Push(t, "old", newImage(t, "amd64", ""))
	server.Push(t, "new", newImage(t, "amd64", ""))
	images := rootDisks(t, server.Name("old"), server.Name("new"))
	const pages = 100
	complete := false
	for free := 0; free < pages && !complete; free++ {
		t.Run(fmt.Sprint(free), func(t *testing.T) {
			disk := t.TempDir()
			if err := unix.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%dk", 4*pages)); err != nil {
				t.Skipf("no small file system to fill: %v", err)
			}
			t.Cleanup(func() { unix.Unmount(disk, unix.MNT_DETACH) })
			dir := filepath.Join(disk, "store")
			resolver := newPuller(t, PullMissing)
			resolver.Store = openStore(t, dir)
			pulled(t, resolver, server.Name("old"))
			fill(t, filepath.Join(disk, "fill"), free)
			_, err := resolver.Resolve(t.Context(), server.Name("new"))
			if named, ok := errors.AsType[*failure.Error](err); err != nil && (!ok || named.Code != failurev1.Code_CODE_NO_SPACE) {
				t.Errorf("no name for a full disk: %v", err)
			}
			complete = err == nil
			checkPublished(t, dir, images)
			if err := os.Remove(filepath.Join(disk, "fill")); err != nil {
				t.Fatal(err)
			}
			pulled(t, resolver, server.Name("new"))
			server.Misbehave(func(http.ResponseWriter, *http.Request, http.Handler) { t.Error("the old image is gone") })
			pulled(t, resolver, server.Name("old"))
			server.Misbehave(nil)
			if left := unfinished(t, dir); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
	if !complete && !t.Failed() {
		t.Skip("no small file system")
	}
}

// fill leaves that many pages free.
func fill(t *testing.T, path string, free int) {
	t.Helper()
	var info unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(path), &info); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, make([]byte, (int64(info.Bavail)-int64(free))*info.Bsize), 0o600); err != nil {
		t.Fatal(err)
	}
}
