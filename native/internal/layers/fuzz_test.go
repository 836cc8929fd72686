package layers

import (
	"archive/tar"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

var fuzzLimits = Limits{Bytes: 1 << 20, Entries: 1000, Metadata: 1 << 16, Path: 4096, Depth: 128, Ratio: 200, RatioFree: 1 << 20}

// mergeAnything takes what hostile layers may hold. Only a proper tree may come out: the recorder
// refuses everything else.
func mergeAnything(t *testing.T, layers ...[]byte) {
	t.Helper()
	var list []Layer
	for _, data := range layers {
		list = append(list, Layer{
			Open:   opening(data),
			DiffID: hashOf(data),
		})
	}
	err := Merge(context.Background(), list, newRecorded(t), fuzzLimits, func(int64) {})
	if output, refused := errors.AsType[*OutputError](err); refused {
		t.Fatal(output)
	}
}

// FuzzArchive takes raw bytes, compressed or not.
func FuzzArchive(f *testing.F) {
	plain := packed(0, []item{dir("d/"), file("d/a"), symlink("l", "d"), hardlink("h", "d/a"), file("d/.wh.a")})
	f.Add(plain)
	f.Add(compressed(f, plain))
	f.Add(zstdCompressed(f, plain))
	f.Fuzz(func(t *testing.T, data []byte) { mergeAnything(t, data) })
}

// FuzzMerge takes a program: each three bytes are an entry of one of three layers.
func FuzzMerge(f *testing.F) {
	f.Add([]byte("abcdefghijklmnopqrstuvwxyz0123456789"))
	f.Fuzz(func(t *testing.T, program []byte) { mergeAnything(t, layersOf(program)...) })
}

func TestMergeOfSeededPrograms(t *testing.T) {
	const seed, cases = 1, 5000
	random := rand.New(rand.NewPCG(seed, 0))
	for range cases {
		program := make([]byte, 3*(1+random.IntN(40)))
		for i := range program {
			program[i] = byte(random.Uint32())
		}
		if mergeAnything(t, layersOf(program)...); t.Failed() {
			t.Fatalf("program %q", program)
		}
	}
}

var (
	fuzzPaths = []string{
		"a", "b", "a/b", "a/b/c", "b/a", "c", "c/a", "../a", "/b", ".", "a/../b", "a//b/", "c/../../a/x",
		".wh.a", "a/.wh.b", ".wh..wh..opq", "a/.wh..wh..opq", "b/.wh.a", ".wh.", ".wh...", "c/.wh..wh.x",
	}
	fuzzTargets = []string{"a", "b", "../..", "/", "a/b", "c", "b/../a", "./c", "..", "/a/b/c"}
	fuzzTypes   = []byte{tar.TypeReg, tar.TypeReg, tar.TypeDir, tar.TypeDir, tar.TypeSymlink, tar.TypeLink, tar.TypeFifo, tar.TypeChar}
)

func layersOf(program []byte) [][]byte {
	var lists [3][]item
	for ; len(program) >= 3 && len(lists[0]) < 500; program = program[3:] {
		header := item{
			Typeflag: fuzzTypes[int(program[0]>>2)%len(fuzzTypes)],
			Name:     fuzzPaths[int(program[1])%len(fuzzPaths)],
			Mode:     0o755,
		}
		if header.Typeflag != tar.TypeDir {
			header.Name = strings.TrimSuffix(header.Name, "/") // the writer of archives refuses it
		}
		if header.Typeflag == tar.TypeSymlink || header.Typeflag == tar.TypeLink {
			header.Linkname = fuzzTargets[int(program[2])%len(fuzzTargets)]
		}
		layer := int(program[0]) % len(lists)
		lists[layer] = append(lists[layer], header)
	}
	var layers [][]byte
	for i, list := range lists {
		layers = append(layers, packed(i, list))
	}
	return layers
}
