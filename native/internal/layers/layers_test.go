package layers

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"sandboxfile/native/internal/rootfs"
)

// tree records what is written and fails on what no file system could take.
type recorded struct {
	entries map[string]string
	types   map[string]rootfs.Type
	stored  map[rootfs.Contents]string
	writer  rootfs.Writer // hands out contents
}

func newRecorded(t testing.TB) *recorded {
	t.Helper()
	file, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return &recorded{
		entries: make(map[string]string), types: make(map[string]rootfs.Type),
		stored: make(map[rootfs.Contents]string), writer: rootfs.New(file),
	}
}

func (r *recorded) Store(content io.Reader, size int64) (rootfs.Contents, error) {
	var data strings.Builder
	stored, err := r.writer.Store(io.TeeReader(content, &data), size)
	r.stored[stored] = data.String()
	return stored, err
}

func (r *recorded) Add(entry *rootfs.Entry) error {
	path := entry.Path
	if _, taken := r.entries[path]; taken {
		return fmt.Errorf("%q twice", path)
	}
	if path != "." {
		parent := "."
		if cut := strings.LastIndexByte(path, '/'); cut >= 0 {
			parent = path[:cut]
		}
		if r.types[parent] != rootfs.Directory {
			return fmt.Errorf("%q before its parent", path)
		}
		for component := range strings.SplitSeq(path, "/") {
			if component == "" || component == "." || component == ".." || len(component) > 255 || strings.ContainsRune(component, 0) {
				return fmt.Errorf("%q is not clean", path)
			}
		}
	}
	kind := entry.Type
	description := fmt.Sprintf("%o", entry.Mode)
	switch kind {
	case rootfs.Directory:
		description = "dir " + description
	case rootfs.Symlink:
		description = "-> " + entry.Link
	case rootfs.Hardlink:
		if kind = r.types[entry.Link]; kind == 0 || kind == rootfs.Directory {
			return fmt.Errorf("%q linked to %q", path, entry.Link)
		}
		description = "= " + entry.Link
	case rootfs.Regular:
		description = r.stored[entry.Contents]
	}
	r.entries[path], r.types[path] = description, kind
	return nil
}

func (r *recorded) Close() error { return nil }

type item = tar.Header

func dir(name string) item          { return item{Typeflag: tar.TypeDir, Name: name, Mode: 0o755} }
func file(name string) item         { return item{Typeflag: tar.TypeReg, Name: name, Mode: 0o644} }
func symlink(name, to string) item  { return item{Typeflag: tar.TypeSymlink, Name: name, Linkname: to} }
func hardlink(name, to string) item { return item{Typeflag: tar.TypeLink, Name: name, Linkname: to} }
func packed(layer int, items []item) []byte {
	var data bytes.Buffer
	writer := tar.NewWriter(&data)
	for _, header := range items {
		content := ""
		if header.Typeflag == tar.TypeReg {
			content = fmt.Sprintf("%d:%s", layer, header.Name)
		}
		header.Size = int64(len(content))
		if err := writer.WriteHeader(&header); err != nil {
			panic(err)
		}
		if _, err := io.WriteString(writer, content); err != nil {
			panic(err)
		}
	}
	if err := writer.Close(); err != nil {
		panic(err)
	}
	return data.Bytes()
}

func hashOf(data []byte) v1.Hash {
	sum := sha256.Sum256(data)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

func opening(data []byte) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
}

func layerOf(stored, plain []byte) Layer {
	return Layer{
		Open:   opening(stored),
		Digest: hashOf(stored), Size: int64(len(stored)), DiffID: hashOf(plain),
	}
}

func merge(t testing.TB, limits Limits, layers ...Layer) (map[string]string, error) {
	t.Helper()
	out := newRecorded(t)
	err := Merge(context.Background(), layers, out, limits, func(int64) {})
	return out.entries, err
}

func mergeItems(t testing.TB, lists ...[]item) (map[string]string, error) {
	var layers []Layer
	for i, items := range lists {
		data := packed(i, items)
		layers = append(layers, layerOf(data, data))
	}
	return merge(t, Standard, layers...)
}

func TestMerge(t *testing.T) {
	for name, test := range map[string]struct {
		layers [][]item
		want   map[string]string
	}{
		"a later layer wins": {
			[][]item{{file("a"), file("b")}, {file("a")}},
			map[string]string{"a": "1:a", "b": "0:b"},
		},
		"a directory keeps its files and takes new modes": {
			[][]item{{dir("d/"), file("d/a")}, {{Typeflag: tar.TypeDir, Name: "d", Mode: 0o700}}},
			map[string]string{"d": "dir 700", "d/a": "0:d/a"},
		},
		"a file replaces a directory and back": {
			[][]item{{dir("d"), file("d/a"), file("f")}, {file("d"), dir("f"), file("f/x")}},
			map[string]string{"d": "1:d", "f": "dir 755", "f/x": "1:f/x"},
		},
		"a whiteout hides lower layers only": {
			[][]item{{dir("d"), file("d/a"), file("d/b")}, {file("d/a"), file("d/.wh.a"), file("d/.wh.b")}},
			map[string]string{"d": "dir 755", "d/a": "1:d/a"},
		},
		"a whiteout of a directory that its layer fills again": {
			[][]item{{dir("d"), file("d/old")}, {file("d/new"), file(".wh.d")}},
			map[string]string{"d": "dir 755", "d/new": "1:d/new"},
		},
		"an opaque directory": {
			[][]item{{dir("d"), file("d/a"), dir("d/e"), file("d/e/f")}, {dir("d"), file("d/b"), file("d/.wh..wh..opq")}},
			map[string]string{"d": "dir 755", "d/b": "1:d/b"},
		},
		"a whiteout of nothing": {
			[][]item{{file("a")}, {file(".wh.b"), file("x/.wh.y"), file(".wh..wh.plnk")}},
			map[string]string{"a": "0:a"},
		},
		"a whiteout inside what its layer has replaced": {
			[][]item{{dir("d"), file("d/a")}, {file("d"), file("d/.wh.a")}},
			map[string]string{"d": "1:d"},
		},
		"a link outlives its first name": {
			[][]item{{file("a"), hardlink("b", "a")}, {file(".wh.a")}},
			map[string]string{"b": "0:a"},
		},
		"a link to a lower layer's file": {
			[][]item{{dir("d"), file("d/a")}, {hardlink("b", "/d/a"), hardlink("c", "./b")}, {file("d/a")}},
			map[string]string{"d": "dir 755", "d/a": "2:d/a", "b": "0:d/a", "c": "= b"},
		},
		"a parent that is a link": {
			[][]item{{dir("usr"), dir("usr/lib"), symlink("lib", "usr/lib")}, {file("lib/x"), file("usr/lib/y"), file("lib/.wh.none")}},
			map[string]string{"usr": "dir 755", "usr/lib": "dir 755", "lib": "-> usr/lib", "usr/lib/x": "1:lib/x", "usr/lib/y": "1:usr/lib/y"},
		},
		"nothing leaves the tree": {
			[][]item{{file("../../etc/a"), file("/b"), symlink("up", "../../.."), symlink("abs", "/etc"), file("up/c"), file("abs/d"), file("x/../../e")}},
			map[string]string{
				"etc": "dir 755", "etc/a": "0:../../etc/a", "b": "0:/b", "up": "-> ../../..", "abs": "-> /etc",
				"c": "0:up/c", "etc/d": "0:abs/d", "e": "0:x/../../e",
			},
		},
		"a dangling link as parent makes its target": {
			[][]item{{symlink("l", "made/here"), file("l/a")}},
			map[string]string{"l": "-> made/here", "made": "dir 755", "made/here": "dir 755", "made/here/a": "0:l/a"},
		},
		"the last component is not followed": {
			[][]item{{file("a"), symlink("l", "a")}, {file("l")}},
			map[string]string{"a": "0:a", "l": "1:l"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := mergeItems(t, test.layers...)
			if err != nil {
				t.Fatal(err)
			}
			delete(got, ".")
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got  %v\nwant %v", got, test.want)
			}
		})
	}
}

func TestMergeRefuses(t *testing.T) {
	loop := []item{symlink("a", "b"), symlink("b", "a"), file("a/x")}
	for name, items := range map[string][]item{
		"a parent that is a file":  {file("a"), file("a/b")},
		"a loop of links":          loop,
		"a link to nothing":        {hardlink("a", "b")},
		"a link to a directory":    {dir("d"), hardlink("a", "d")},
		"a root that is a file":    {file(".")},
		"a name that is too long":  {file(strings.Repeat("n", 256))},
		"a device out of range":    {{Typeflag: tar.TypeChar, Name: "c", Devmajor: 1 << 20}},
		"a path that is too long":  {file(strings.Repeat("d/", 2100) + "f")},
		"directories too deep":     {file(strings.Repeat("d/", 130) + "f")},
		"directories by two links": {symlink("l", strings.Repeat("d/", 100)), file("l/l2/x"), symlink("m", "l/"+strings.Repeat("e/", 100)), file("m/f")},
		"an attribute too large":   {{Typeflag: tar.TypeReg, Name: "a", PAXRecords: map[string]string{"SCHILY.xattr.user.a": strings.Repeat("v", 1<<16)}}},
	} {
		if _, err := mergeItems(t, items); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestBounds(t *testing.T) {
	whole := packed(0, []item{file("a"), file("b"), file("c")})
	bomb := compressed(t, make([]byte, 1<<20))
	for name, test := range map[string]struct {
		change func(*Limits)
		layer  Layer
	}{
		"entries":  {func(l *Limits) { l.Entries = 2 }, layerOf(whole, whole)},
		"bytes":    {func(l *Limits) { l.Bytes = 8 }, layerOf(whole, whole)},
		"metadata": {func(l *Limits) { l.Metadata = 2 }, layerOf(whole, whole)},
		"stream":   {func(l *Limits) { l.Bytes, l.Metadata, l.Entries = 1000, 1000, 10 }, layerOf(bomb, make([]byte, 1<<20))},
		"ratio":    {func(l *Limits) { l.RatioFree, l.Ratio = 1000, 10 }, layerOf(bomb, make([]byte, 1<<20))},
		"attributes": {func(l *Limits) { l.Metadata = 4000 }, func() Layer {
			var items []item
			for i := range 4 {
				items = append(items, item{Typeflag: tar.TypeReg, Name: fmt.Sprint(i), PAXRecords: map[string]string{"SCHILY.xattr.user.a": fmt.Sprint(i)}})
			}
			data := packed(0, items)
			return layerOf(data, data)
		}()},
		"repeated entries": {func(l *Limits) { l.Entries = 50 }, func() Layer {
			items := []item{}
			for i := range 100 {
				items = append(items, file(fmt.Sprintf("%d", i%30)))
			}
			data := packed(0, items)
			return layerOf(data, data)
		}()},
	} {
		limits := Standard
		test.change(&limits)
		_, err := merge(t, limits, test.layer)
		if _, bound := errors.AsType[*LimitError](err); !bound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Labels of security modules are on every file, and few differ.
func TestEqualAttributesAreKeptOnce(t *testing.T) {
	var items []item
	for i := range 1000 {
		records := map[string]string{"SCHILY.xattr.security.selinux": "label", "SCHILY.xattr.user.a": "b"}
		items = append(items, item{Typeflag: tar.TypeReg, Name: fmt.Sprint(i), PAXRecords: records})
	}
	data := packed(0, items)
	limits := Standard
	limits.Metadata = 5000
	if _, err := merge(t, limits, layerOf(data, data)); err != nil {
		t.Error(err)
	}
}

func TestWorkOfWhiteoutsIsBounded(t *testing.T) {
	limits := Standard
	limits.Entries = 400
	var items []item
	for i := range 200 {
		items = append(items, file(fmt.Sprintf("d/%d", i)))
	}
	for range 190 {
		items = append(items, file("d/.wh..wh..opq"))
	}
	data := packed(0, items)
	_, err := merge(t, limits, layerOf(data, data))
	if _, bound := errors.AsType[*LimitError](err); !bound {
		t.Error(err)
	}
}

func compressed(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	if _, err := writer.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstdCompressed(t testing.TB, data []byte) []byte {
	t.Helper()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return encoder.EncodeAll(data, nil)
}

func TestCompression(t *testing.T) {
	plain := packed(0, []item{file("a")})
	for name, stored := range map[string][]byte{
		"plain": plain, "gzip": compressed(t, plain), "zstd": zstdCompressed(t, plain),
		"gzip with padding in front of the end": append(compressed(t, plain[:1024]), compressed(t, plain[1024:])...),
	} {
		got, err := merge(t, Standard, layerOf(stored, plain))
		if err != nil || got["a"] != "0:a" {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

func TestDamageIsFound(t *testing.T) {
	plain := packed(0, []item{file("a")})
	other := packed(0, []item{file("b")})
	stored := compressed(t, plain)
	for name, layer := range map[string]Layer{
		"diff id":       {Open: layerOf(plain, plain).Open, DiffID: hashOf(other)},
		"digest":        {Open: layerOf(stored, plain).Open, Digest: hashOf(other), DiffID: hashOf(plain)},
		"no digest":     {Open: layerOf(plain, plain).Open},
		"cut":           layerOf(stored[:len(stored)-9], plain),
		"cut tar":       layerOf(plain[:513], plain[:513]),
		"not a tar":     layerOf([]byte(strings.Repeat("x", 1024)), []byte(strings.Repeat("x", 1024))),
		"after the end": {Open: layerOf(append(plain[:len(plain):len(plain)], 'x'), nil).Open, Digest: hashOf(plain), DiffID: hashOf(plain)},
	} {
		if _, err := merge(t, Standard, layer); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	data := packed(0, []item{file("a")})
	err := Merge(ctx, []Layer{layerOf(data, data)}, newRecorded(t), Standard, func(int64) {})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
