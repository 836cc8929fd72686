package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"sandboxfile/native/internal/treetest"
)

// repeated has one header again and again, each time with another number at the end of its name,
// which is name-of-a-file-0000000. It is compressed as it is made: a child's peak of memory counts
// what its parent had when it was forked.
func repeated(t *testing.T, before, header []byte, count int) hostileImage {
	t.Helper()
	var stored bytes.Buffer
	writer, err := gzip.NewWriterLevel(&stored, gzip.BestSpeed)
	must(t, err)
	sum := sha256.New()
	plain := io.MultiWriter(writer, sum)
	for i := range count {
		copy(header[15:], fmt.Sprintf("%07d", i))
		_, first := plain.Write(before)
		_, second := plain.Write(checked(header))
		must(t, errors.Join(first, second))
	}
	_, err = plain.Write(make([]byte, 1024))
	must(t, errors.Join(err, writer.Close()))
	return hostileImage{layers: []hostileLayer{{stored: stored.Bytes(), diffID: "sha256:" + hex.EncodeToString(sum.Sum(nil))}}}
}

// Headers of almost a MiB, of which little is to be kept.
func TestLargeHeadersAreNotKept(t *testing.T) {
	needPeers(t)
	link := symlink("name-of-a-file-0000000", strings.Repeat("é", 60)).with(func(h *tar.Header) {
		h.PAXRecords = map[string]string{"comment": strings.Repeat("c", 900<<10), "SCHILY.xattr.trusted.a": "b"}
	})
	plain := archive(link)
	entry := plain[:len(plain)-1024] // without the end mark
	split := len(entry) - 512
	image := repeated(t, entry[:split], entry[split:], 700)
	p := newPlace(t, newOutside(t))
	writeLayout(t, p.path("layout"), image)
	if found := p.resolve(p.path("layout")); found.Failure != nil {
		t.Fatalf("%+v", *found.Failure)
	}
}

func TestMillionFiles(t *testing.T) {
	needPeers(t)
	million := func(count int) hostileImage {
		return repeated(t, nil, headerOf("name-of-a-file-0000000", 0), count)
	}
	t.Run("as many as may be", func(t *testing.T) {
		p := newPlace(t, newOutside(t))
		writeLayout(t, p.path("layout"), million(1_000_000))
		found := p.resolve(p.path("layout"))
		if found.Failure != nil {
			t.Fatalf("%+v", *found.Failure)
		}
		fsck(t, found.Image.RootDisk)
		mounted := treetest.Mount(t, found.Image.RootDisk)
		names, err := os.ReadDir(mounted)
		must(t, err)
		if len(names) != 1_000_000 || names[999_999].Name() != "name-of-a-file-0999999" {
			t.Errorf("%d files", len(names))
		}
	})
	t.Run("one more", func(t *testing.T) {
		image := beyond(million(1_000_001), `^layer 1 of 1 \(sha256:.{64}\): "name-of-a-file-1000000": more than 1000000 entries$`)
		image.try(t, newOutside(t))
	})
}
