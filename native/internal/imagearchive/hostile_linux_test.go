package imagearchive

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
)

// entry is one of a tar file that nobody has checked.
type entry struct {
	name, link, content string
	kind                byte
}

func writeTar(t *testing.T, entries ...entry) string {
	t.Helper()
	var raw bytes.Buffer
	writer := tar.NewWriter(&raw)
	for _, one := range entries {
		if one.kind == 0 {
			one.kind = tar.TypeReg
		}
		header := &tar.Header{Name: one.name, Linkname: one.link, Typeflag: one.kind, Size: int64(len(one.content)), Mode: 0o644}
		if err := writer.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write([]byte(one.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "archive.tar")
	if err := os.WriteFile(path, raw.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func sum(content string) string {
	digest, _, err := v1.SHA256(strings.NewReader(content))
	if err != nil {
		panic(err) // a string can be read
	}
	return digest.String()
}

func dockerConfig(platform string, diffIDs ...string) string {
	list, err := json.Marshal(diffIDs)
	if err != nil {
		panic(err) // strings always marshal
	}
	return fmt.Sprintf(`{"os":"linux","architecture":%q,"rootfs":{"type":"layers","diff_ids":%s}}`, platform, list)
}

// No archive, whatever it says, leaves an image, a name or a file outside the store.
func TestHostileArchives(t *testing.T) {
	layer := string(make([]byte, 1024)) // an empty tar
	good := dockerConfig("amd64", sum(layer))
	manifest := func(config string, layers ...string) entry {
		list, err := json.Marshal([]map[string]any{{"Config": config, "RepoTags": []string{"app:v1"}, "Layers": layers}})
		if err != nil {
			t.Fatal(err)
		}
		return entry{name: "manifest.json", content: string(list)}
	}
	type expected struct {
		code failurev1.Code
		path string
	}
	invalid := failurev1.Code_CODE_IMAGE_INVALID
	many := make([]entry, 10_001)
	for i := range many {
		many[i] = entry{name: fmt.Sprint(i)}
	}
	fifo := t.TempDir()
	for _, step := range []error{
		os.WriteFile(filepath.Join(fifo, "oci-layout"), nil, 0o600), unix.Mkfifo(filepath.Join(fifo, "index.json"), 0o600),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	for name, hostile := range map[string]expected{
		"nothing":               {invalid, writeTar(t)},
		"configuration outside": {invalid, writeTar(t, manifest("/etc/hostname", "l"), entry{name: "l", content: layer})},
		"layer outside":         {invalid, writeTar(t, manifest("c", "../../../etc/hostname"), entry{name: "c", content: good})},
		"layer links outside": {invalid, writeTar(t, manifest("c", "l"), entry{name: "c", content: good},
			entry{name: "l", link: "/etc/hostname", kind: tar.TypeSymlink})},
		"links in a circle": {invalid, writeTar(t, manifest("c", "l"), entry{name: "c", content: good},
			entry{name: "l", link: "m", kind: tar.TypeSymlink}, entry{name: "m", link: "l", kind: tar.TypeSymlink})},
		"another layer": {invalid, writeTar(t, manifest("c", "l"), entry{name: "c", content: good}, entry{name: "l", content: layer + layer})},
		"compressed layer of another content": {invalid, writeTar(t, manifest("c", "l"), entry{name: "c", content: good},
			entry{name: "l", content: "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"})},
		"fewer diff ids":        {invalid, writeTar(t, manifest("c", "l", "l"), entry{name: "c", content: good}, entry{name: "l", content: layer})},
		"configuration no JSON": {invalid, writeTar(t, manifest("c", "l"), entry{name: "c", content: "{"}, entry{name: "l", content: layer})},
		"configuration huge": {invalid, writeTar(t, manifest("c", "l"), entry{name: "l", content: layer},
			entry{name: "c", content: strings.Repeat(" ", 9<<20) + good})},
		"other architecture": {failurev1.Code_CODE_IMAGE_PLATFORM, writeTar(t, manifest("c", "l"),
			entry{name: "c", content: dockerConfig("riscv64", sum(layer))}, entry{name: "l", content: layer})},
		"too many files":  {invalid, writeTar(t, many...)},
		"index no file":   {invalid, fifo},
		"not there":       {failurev1.Code_CODE_IMAGE_NOT_FOUND, "/does/not/exist"},
		"device":          {invalid, "/dev/zero"},
		"digest for path": {invalid, writeTar(t, entry{name: "oci-layout"}, entry{name: "index.json", content: `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":"sha256:../../../../etc/hostname"}]}`})},
	} {
		loader := newLoader(t)
		_, err := loader.Load(context.Background(), hostile.path)
		if err == nil {
			t.Errorf("%s: loaded", name)
			continue
		}
		t.Log(name, err)
		expectCode(t, err, hostile.code)
		entries, damaged, err := loader.Store.List()
		names, _, failed := loader.Store.References()
		if err != nil || failed != nil || len(entries)+len(damaged)+len(names) > 0 {
			t.Errorf("%s: left %v %v %v", name, entries, damaged, names)
		}
	}
}

// Names of no repository are left out; the image is loaded all the same.
func TestHostileNames(t *testing.T) {
	layer := string(make([]byte, 1024))
	path := writeTar(t,
		entry{name: "manifest.json", content: `[{"Config":"c","RepoTags":["../../etc/passwd:x","UPPER","a:ok","` + strings.Repeat("x", 70_000) + `"],"Layers":["l"]}]`},
		entry{name: "c", content: dockerConfig("amd64", sum(layer))}, entry{name: "l", content: layer})
	loaded := load(t, newLoader(t), path)
	if len(loaded) != 1 || loaded[0].Reference != "docker.io/library/a:ok" {
		t.Errorf("%+v", loaded)
	}
}
