package image

import (
	"archive/tar"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/registrytest"
)

// parts are what a hostile registry has: manifests and blobs by digest.
type parts map[string][]byte

func (p parts) add(content string) string {
	digest, _, err := v1.SHA256(strings.NewReader(content))
	if err != nil {
		panic(err)
	}
	p[digest.String()] = []byte(content)
	return digest.String()
}

// serve gives top for every tag.
func (p parts) serve(top string) registrytest.Hook {
	return func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		name := path.Base(request.URL.Path)
		content, known := p[name]
		switch {
		case strings.Contains(request.URL.Path, "/manifests/") && !strings.Contains(name, ":"):
			fmt.Fprint(w, top)
		case known:
			_, _ = w.Write(content)
		default:
			next.ServeHTTP(w, request)
		}
	}
}

func tarOf(name string) string {
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	_ = writer.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: 4})
	_, _ = writer.Write([]byte("text"))
	_ = writer.Close()
	return archive.String()
}

const zeros = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

func (p parts) manifest(config string, layers ...string) string {
	return fmt.Sprintf(`{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":%q,"size":%d},"layers":[%s]}`,
		config, len(p[config]), strings.Join(layers, ","))
}

func layerJSON(digest string, size int64) string {
	return fmt.Sprintf(`{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":%q,"size":%d}`, digest, size)
}

func configOfLayers(diffIDs ...string) string {
	return fmt.Sprintf(`{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[%s]}}`, strings.Join(diffIDs, ","))
}

func quoted(text string) string { return fmt.Sprintf("%q", text) }

func TestHostileManifests(t *testing.T) {
	have := parts{}
	layer := tarOf("file")
	size := int64(len(layer))
	digest := have.add(layer)
	config := have.add(configOfLayers(quoted(digest)))
	deep := have.add(have.manifest(config, layerJSON(digest, size)))
	for range maxNesting + 1 {
		deep = have.add(fmt.Sprintf(`{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":%q,"size":1}]}`, deep))
	}
	wide := strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":%q,"size":1,"platform":{"os":"plan9","architecture":"mips"}},`, zeros), maxManifests+1), ",")
	const invalid, limit = failurev1.Code_CODE_IMAGE_INVALID, failurev1.Code_CODE_IMAGE_LIMIT
	for name, c := range map[string]struct {
		top   string
		code  failurev1.Code
		cause string
	}{
		"no JSON":           {"<html>", invalid, "manifest: invalid character"},
		"nothing":           {"{}", invalid, "neither an index nor"},
		"two things":        {`{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}`, invalid, "neither an index nor"},
		"another type":      {`{"mediaType":"application/vnd.oci.image.index.v1+json","layers":[],"config":{}}`, invalid, "media type"},
		"schema 1":          {`{"schemaVersion":1,"fsLayers":[]}`, invalid, "schema 1"},
		"empty index":       {`{"schemaVersion":2,"manifests":[]}`, failurev1.Code_CODE_IMAGE_PLATFORM, "none"},
		"deep index":        {string(have[deep]), invalid, "too many images in one index"},
		"wide index":        {`{"schemaVersion":2,"manifests":[` + wide + `]}`, invalid, "too many images in one index"},
		"path for a digest": {have.manifest(config, layerJSON("sha256:../../../etc/passwd", 1)), invalid, "non-hex"},
		"short digest":      {have.manifest(config, layerJSON("sha256:abcd", 1)), invalid, "wrong number of hex digits"},
		"unknown algorithm": {have.manifest(config, layerJSON("md5:"+strings.Repeat("0", 32), 1)), invalid, `unsupported hash: "md5"`},
		"other algorithm":   {have.manifest(config, layerJSON("sha512:"+strings.Repeat("0", 128), 1)), invalid, "only sha256 is supported"},
		"other config":      {have.manifest("sha512:"+strings.Repeat("0", 128), layerJSON(digest, size)), invalid, "only sha256 is supported"},
		"negative size":     {have.manifest(config, layerJSON(digest, -1)), invalid, "layer 1 of 1 (" + digest + "): size -1"},
		"huge":              {have.manifest(config, layerJSON(digest, 1<<62), layerJSON(digest, 1<<62)), limit, "bytes in all layers"},
		"huge together":     {have.manifest(config, strings.TrimSuffix(strings.Repeat(layerJSON(digest, 9<<30)+",", 2), ",")), limit, "bytes in all layers"},
		"many layers":       {have.manifest(config, strings.TrimSuffix(strings.Repeat(layerJSON(digest, 1)+",", maxLayers+1), ",")), invalid, "1025 layers"},
		"size too small":    {have.manifest(config, layerJSON(digest, size-1)), failurev1.Code_CODE_REGISTRY_REFUSED, "layer 1 (" + digest + ")"},
		"size too large":    {have.manifest(config, layerJSON(digest, size+1)), failurev1.Code_CODE_REGISTRY_REFUSED, "layer 1 (" + digest + ")"},
		"no such layer":     {have.manifest(config, layerJSON(zeros, 1)), failurev1.Code_CODE_REGISTRY_UNKNOWN, "layer 1 (" + zeros + ")"},
		"more diff ids":     {have.manifest(have.add(configOfLayers(quoted(digest), quoted(digest))), layerJSON(digest, size)), invalid, "2 diff ids for 1 layers"},
		"wrong diff id":     {have.manifest(have.add(configOfLayers(quoted(zeros))), layerJSON(digest, size)), invalid, "diff id"},
		"huge config":       {strings.Replace(have.manifest(zeros, layerJSON(digest, size)), `"size":0`, `"size":9999999999`, 1), limit, "bytes of configuration"},
		"no such config":    {strings.Replace(have.manifest(zeros, layerJSON(digest, size)), `"size":0`, `"size":5`, 1), failurev1.Code_CODE_REGISTRY_UNKNOWN, zeros},
		"wrong config":      {strings.Replace(have.manifest(config, layerJSON(digest, size)), `"size":`, `"size":1`, 1), failurev1.Code_CODE_REGISTRY_REFUSED, "configuration (" + config + ")"},
		"config is none":    {have.manifest(have.add("[]"), layerJSON(digest, size)), invalid, "configuration"},
		"not an image":      {strings.Replace(have.manifest(config, layerJSON(digest, size)), "image.config", "chart.config", 1), invalid, "not an image but"},
		"other platform":    {have.manifest(have.add(`{"os":"linux","architecture":"arm64","rootfs":{"type":"layers","diff_ids":[`+quoted(digest)+`]}}`), layerJSON(digest, size)), failurev1.Code_CODE_IMAGE_PLATFORM, "it has linux/arm64"},
	} {
		t.Run(name, func(t *testing.T) {
			server := registrytest.New(t)
			server.Misbehave(have.serve(c.top))
			resolver := newPuller(t, PullMissing)
			expectFailure(t, resolver, server.Name("v1"), c.code, c.cause)
			expectFailure(t, resolver, server.Name("v1"), c.code, server.Host())
			if _, found := resolver.Store.Reference(server.Name("v1"), "linux/amd64"); found {
				t.Error("the name stands for an image")
			}
			server.Misbehave(have.serve(have.manifest(config, layerJSON(digest, size))))
			pulled(t, resolver, server.Name("v1"))
		})
	}
}

// Layers are asked for at the registry only, wherever the manifest says that they are.
func TestForeignURLsAreNotUsed(t *testing.T) {
	canary := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) { t.Errorf("%s was asked", request.URL) }))
	defer canary.Close()
	have, layer := parts{}, tarOf("file")
	config := have.add(configOfLayers(quoted(have.add(layer))))
	digest := have.add(layer)
	foreign := fmt.Sprintf(`{"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","digest":%q,"size":%d,"urls":[%q]}`, digest, len(layer), canary.URL)
	server := registrytest.New(t)
	server.Misbehave(have.serve(have.manifest(config, foreign)))
	pulled(t, newPuller(t, PullMissing), server.Name("v1"))
	delete(have, digest)
	expectFailure(t, newPuller(t, PullMissing), server.Name("v1"), failurev1.Code_CODE_REGISTRY_UNKNOWN, "whose own URLs are not used")
}

// What the tag stood for when it was asked is what comes, whole.
func TestTagThatMovesMeanwhile(t *testing.T) {
	server := registrytest.New(t)
	before, after := newImage(t, "amd64", ""), newImage(t, "amd64", "")
	server.Push(t, "v1", indexOf(t, map[string]v1.Image{"amd64": before}))
	var moved atomic.Bool
	server.Misbehave(func(w http.ResponseWriter, request *http.Request, next http.Handler) {
		next.ServeHTTP(w, request)
		if strings.HasSuffix(request.URL.Path, "/manifests/v1") && moved.CompareAndSwap(false, true) {
			server.Push(t, "v1", indexOf(t, map[string]v1.Image{"amd64": after}))
		}
	})
	resolver := newPuller(t, PullAlways)
	if found := pulled(t, resolver, server.Name("v1")); found.Digest != digestOf(t, before) {
		t.Error(found.Digest)
	}
	if found := pulled(t, resolver, server.Name("v1")); found.Digest != digestOf(t, after) {
		t.Error(found.Digest)
	}
}

// FuzzMediaType never takes one document for two things.
func FuzzMediaType(f *testing.F) {
	f.Add(parts{}.manifest(zeros, layerJSON(zeros, 1)))
	f.Add(`{"schemaVersion":2,"manifests":[]}`)
	f.Add(`{"schemaVersion":2,"manifests":null,"layers":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		kind, err := mediaTypeOf([]byte(text))
		if err == nil && kind.IsIndex() == kind.IsImage() {
			t.Errorf("%q: %s", text, kind)
		}
	})
}

// anything has one manifest and one configuration, whatever is asked for.
type anything struct{ top, document []byte }

func (a anything) manifest(v1.Hash) ([]byte, error)     { return a.top, nil }
func (a anything) config(v1.Descriptor) ([]byte, error) { return a.document, nil }

// FuzzManifest never gets layers that were not checked.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(parts{}.manifest(zeros, layerJSON(zeros, 1))), []byte(configOfLayers(quoted(zeros))))
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"digest":"`+zeros+`","mediaType":"application/vnd.oci.image.index.v1+json"}]}`), []byte("null"))
	f.Fuzz(func(t *testing.T, top, document []byte) {
		kind, err := mediaTypeOf(top)
		if err != nil {
			return
		}
		reader := &indexReader{from: anything{top, document}, selection: &selection{platform: v1.Platform{OS: "linux", Architecture: "amd64"}}}
		chosen, err := reader.expand(v1.Descriptor{MediaType: kind, Digest: v1.Hash{Algorithm: "sha256", Hex: zeros[7:]}}, 0)
		if err != nil || chosen == nil {
			return
		}
		found, err := reader.image(*chosen)
		if err != nil {
			return
		}
		for i, layer := range found.describe().Layers {
			if layer.Size < 0 || checkAlgorithm(found.blobs[i].digest) != nil {
				t.Errorf("layer %+v", layer)
			}
		}
	})
}
