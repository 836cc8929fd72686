package layers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
)

// FuzzMerge takes two layers, cut at a byte that no archive has at that place. Whatever they say,
// only a proper tree may come out: the recorder refuses everything else.
func FuzzMerge(f *testing.F) {
	seeds := [][]item{
		{dir("d/"), file("d/a"), symlink("l", "d"), hardlink("h", "d/a")},
		{file("l/b"), file("d/.wh.a"), file(".wh.h"), file("d/.wh..wh..opq"), file("../../x")},
		{symlink("a", "b"), symlink("b", "a"), file("a/x")},
		{file("f"), dir("f"), file("f/x"), file("f")},
	}
	for _, lower := range seeds {
		for _, upper := range seeds {
			f.Add(packed(0, lower), packed(1, upper))
		}
	}
	limits := Limits{Bytes: 1 << 20, Entries: 1000, Metadata: 1 << 16, Path: 4096, Depth: 128, Ratio: 200, RatioFree: 1 << 20}
	f.Fuzz(func(t *testing.T, lower, upper []byte) {
		var layers []Layer
		for _, data := range [][]byte{lower, upper} {
			layers = append(layers, Layer{
				Open:   func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
				DiffID: hashOf(data),
			})
		}
		err := Merge(context.Background(), layers, newRecorded(), limits, func(int64) {})
		if output, refused := errors.AsType[*OutputError](err); refused {
			t.Fatal(output)
		}
	})
}
