package image

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/imagestore"
)

func newResolver(t *testing.T) *Resolver {
	t.Helper()
	store, err := imagestore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &Resolver{Store: store, Platform: v1.Platform{OS: "linux", Architecture: "amd64"}, Progress: func(int64, int64) {}}
}

func resolve(t *testing.T, resolver *Resolver, reference string) *imagestore.Image {
	t.Helper()
	found, err := resolver.Resolve(context.Background(), reference)
	if err != nil {
		t.Fatalf("%s: %v", reference, err)
	}
	return found.Image
}

func expectFailure(t *testing.T, resolver *Resolver, reference string, code failurev1.Code, cause string) {
	t.Helper()
	_, err := resolver.Resolve(context.Background(), reference)
	named, ok := errors.AsType[*failure.Error](err)
	if !ok || named.Code != code || !strings.Contains(err.Error(), cause) {
		t.Errorf("%s: %v, expected %s with %q", reference, err, code, cause)
	}
}

func newImage(t *testing.T, arch, variant string) v1.Image {
	t.Helper()
	made, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	config, err := made.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = "linux", arch, variant
	config.Config = v1.Config{
		Env: []string{"A=1"}, Entrypoint: []string{"/e"}, Cmd: []string{"c"}, WorkingDir: "/w", User: "u",
		ExposedPorts: map[string]struct{}{"80/tcp": {}, "53/udp": {}},
	}
	if made, err = mutate.ConfigFile(made, config); err != nil {
		t.Fatal(err)
	}
	return made
}

func newLayout(t *testing.T, images map[string]v1.Image) string {
	t.Helper()
	folder := t.TempDir()
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for name, image := range images {
		var options []layout.Option
		if name != "" {
			options = append(options, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": name}))
		}
		if err := path.AppendImage(image, options...); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestConfigOfAnImage(t *testing.T) {
	found := resolve(t, newResolver(t), newLayout(t, map[string]v1.Image{"": newImage(t, "amd64", "")}))
	config := found.Config
	if strings.Join(config.Env, " ") != "A=1" || strings.Join(config.Entrypoint, " ") != "/e" || strings.Join(config.Cmd, " ") != "c" ||
		config.WorkingDir != "/w" || config.User != "u" || strings.Join(config.ExposedPorts, " ") != "53/udp 80/tcp" {
		t.Errorf("%+v", config)
	}
}

func TestTags(t *testing.T) {
	one, two := newImage(t, "amd64", ""), newImage(t, "amd64", "")
	resolver := newResolver(t)
	folder := newLayout(t, map[string]v1.Image{"one": one, "registry.example.com/app:two": two})
	for tag, image := range map[string]v1.Image{"one": one, "two": two, "registry.example.com/app:two": two} {
		digest, err := image.Digest()
		if err != nil {
			t.Fatal(err)
		}
		if found := resolve(t, resolver, folder+"#"+tag); found.Digest != digest.String() {
			t.Errorf("%s: %s", tag, found.Digest)
		}
	}
	expectFailure(t, resolver, folder, failurev1.Code_CODE_IMAGE_AMBIGUOUS, "one, registry.example.com/app:two")
	expectFailure(t, resolver, folder+"#three", failurev1.Code_CODE_IMAGE_NOT_FOUND, "one")
}

func TestPlatforms(t *testing.T) {
	resolver := newResolver(t)
	amd, arm := newImage(t, "amd64", ""), newImage(t, "arm64", "v8")
	many := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: arm, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}}},
		mutate.IndexAddendum{Add: amd, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}},
		mutate.IndexAddendum{Add: newImage(t, "x", ""), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}}},
	)
	folder := t.TempDir()
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := path.AppendIndex(many); err != nil {
		t.Fatal(err)
	}
	for arch, image := range map[string]v1.Image{"amd64": amd, "arm64": arm} {
		resolver.Platform.Architecture = arch
		digest, err := image.Digest()
		if err != nil {
			t.Fatal(err)
		}
		if found := resolve(t, resolver, folder); found.Digest != digest.String() {
			t.Errorf("%s: %s", arch, found.Digest)
		}
	}
	resolver.Platform.Architecture = "riscv64"
	expectFailure(t, resolver, folder, failurev1.Code_CODE_IMAGE_PLATFORM, "linux/arm64")
}

func TestDamagedLayout(t *testing.T) {
	image := newImage(t, "amd64", "")
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	layer, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(layer, config string) error{
		"layer gone":          func(layer, _ string) error { return os.Remove(layer) },
		"layer cut":           func(layer, _ string) error { return os.Truncate(layer, 50) },
		"layer of other":      func(layer, config string) error { return os.Rename(config, layer) },
		"configuration gone":  func(_, config string) error { return os.Remove(config) },
		"configuration other": func(_, config string) error { return os.WriteFile(config, []byte("{}"), 0o600) },
		"layer leads outside": func(layer, _ string) error {
			return errors.Join(os.Remove(layer), os.Symlink("/etc/hostname", layer))
		},
	} {
		folder := newLayout(t, map[string]v1.Image{"": image})
		resolver := newResolver(t)
		blobs := filepath.Join(folder, "blobs/sha256")
		if err := damage(filepath.Join(blobs, layer.Hex), filepath.Join(blobs, config.Hex)); err != nil {
			t.Fatal(err)
		}
		_, err := resolver.Resolve(context.Background(), folder)
		if named, ok := errors.AsType[*failure.Error](err); !ok || named.Code != failurev1.Code_CODE_IMAGE_INVALID {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReferencesThatNameNothing(t *testing.T) {
	resolver := newResolver(t)
	resolver.Builtin = filepath.Join(t.TempDir(), "busybox.tar")
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	expectFailure(t, resolver, "/does/not/exist", failurev1.Code_CODE_IMAGE_NOT_FOUND, "/does/not/exist")
	expectFailure(t, resolver, text+"/below", failurev1.Code_CODE_IMAGE_NOT_FOUND, "not a directory")
	expectFailure(t, resolver, text, failurev1.Code_CODE_IMAGE_INVALID, "not a tar archive")
	expectFailure(t, resolver, "/dev/null", failurev1.Code_CODE_IMAGE_INVALID, "neither a folder")
	expectFailure(t, resolver, folder+"#tag", failurev1.Code_CODE_IMAGE_INVALID, "no tags")
	resolver.Pull = PullNever
	expectFailure(t, resolver, "alpine:3.20", failurev1.Code_CODE_IMAGE_NOT_CACHED, "docker.io/library/alpine:3.20")
	resolver.Hub = "hub.example"
	expectFailure(t, resolver, "alpine", failurev1.Code_CODE_IMAGE_NOT_CACHED, "hub.example/library/alpine:latest")
	expectFailure(t, resolver, "UPPER CASE", failurev1.Code_CODE_IMAGE_REFERENCE, "UPPER CASE")
	expectFailure(t, resolver, "builtin:other", failurev1.Code_CODE_IMAGE_NOT_FOUND, "builtin:busybox")
	expectFailure(t, resolver, BuiltinName, failurev1.Code_CODE_ASSET_MISSING, "busybox.tar")
}

func TestCancelLeavesNothing(t *testing.T) {
	store := t.TempDir()
	opened, err := imagestore.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	resolver := newResolver(t)
	resolver.Store = opened
	ctx, cancel := context.WithCancel(context.Background())
	resolver.Progress = func(int64, int64) { cancel() }
	if _, err := resolver.Resolve(ctx, newLayout(t, map[string]v1.Image{"": newImage(t, "amd64", "")})); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	files, err := filepath.Glob(filepath.Join(store, "sha256/*/*"))
	if err != nil || len(files) != 1 || filepath.Base(files[0]) != "lock" {
		t.Errorf("left: %v %v", files, err)
	}
}
