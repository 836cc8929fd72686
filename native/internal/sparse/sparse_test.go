package sparse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func file(t *testing.T, size int64) *os.File {
	t.Helper()
	made, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err == nil {
		err = made.Truncate(size)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { made.Close() })
	return made
}

func TestCopyKeepsHoles(t *testing.T) {
	const size = 1 << 30
	source, target := file(t, size), file(t, 0)
	data := bytes.Repeat([]byte{0xA5}, 3<<20)
	for _, at := range []int64{0, 100 << 20, size - int64(len(data))} {
		if _, err := source.WriteAt(data, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := Copy(target, source); err != nil {
		t.Fatal(err)
	}
	var runs int
	err := EachRun(target, size, func(start, end int64) error {
		runs++
		got := make([]byte, end-start)
		_, err := target.ReadAt(got, start)
		if !bytes.Equal(got, data) {
			t.Errorf("%d bytes at %d differ", len(got), start)
		}
		return err
	})
	if err != nil || runs != 3 {
		t.Errorf("%d runs, %v", runs, err)
	}
	if used := Allocated(target.Name()); used > 16<<20 {
		t.Errorf("%d bytes allocated", used)
	}
}

func TestCopyRangeEnds(t *testing.T) {
	source, target := file(t, 10<<20), file(t, 10<<20)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := CopyRange(ctx, target, source, 0, 0, 1<<20); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := CopyRange(t.Context(), target, source, 0, 9<<20, 2<<20); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("beyond the end: %v", err)
	}
}
