package main

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"
	"sandboxfile/native/internal/treetest"
)

// checked gives an archive's first header a right checksum again.
func checked(plain []byte) []byte {
	header := plain[:512]
	copy(header[148:156], "        ")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return plain
}

// sized has one file whose header says that size, in the field's binary form.
func sized(size int64) hostileImage {
	plain := archive(file("f"))
	field := plain[124:136]
	clear(field)
	if size < 0 {
		copy(field, "\xff\xff\xff\xff")
	}
	binary.BigEndian.PutUint64(field[4:], uint64(size))
	field[0] |= 0x80
	return hostileImage{layers: []hostileLayer{gzipped(checked(plain))}}
}

// recorded has one file whose PAX records say what the archive's writer would not.
func recorded(records ...string) hostileImage {
	var body strings.Builder
	for _, record := range records {
		length := len(record) + 3
		for len(fmt.Sprint(length))+len(record)+2 != length {
			length++
		}
		fmt.Fprintf(&body, "%d %s\n", length, record)
	}
	extended := archive(entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: "PaxHeaders/f"}, content: body.String()})
	extended[156] = tar.TypeXHeader
	extended = checked(extended)[:len(extended)-1024]
	return hostileImage{layers: []hostileLayer{gzipped(append(extended, archive(file("f"))...))}}
}

func TestHostileSizes(t *testing.T) {
	const broken = `^layer 1 of 1 \(sha256:.{64}\): .*(invalid tar header|unexpected EOF)`
	tryAll(t, newOutside(t), map[string]hostileImage{
		"negative":                        bad(sized(-1), broken),
		"the least number":                bad(sized(-1<<63), broken),
		"the largest number":              beyond(sized(1<<63-1), `"f": more than 10737418240 bytes of files`),
		"more than there is":              bad(sized(100_000), `"f": \d+ bytes, expected 100000: unexpected EOF`),
		"PAX, negative":                   bad(recorded("size=-1"), broken),
		"PAX, 2^63":                       bad(recorded("size=9223372036854775808"), broken),
		"PAX, more than there is":         bad(recorded("size=100000"), `"f": \d+ bytes, expected 100000: unexpected EOF`),
		"PAX, no number":                  bad(recorded("size=0x10"), broken),
		"PAX, a record of another size":   bad(recorded("size=1\n999 path=a"), broken),
		"sparse, larger than the bound":   beyond(recorded("GNU.sparse.numblocks=1", "GNU.sparse.map=0,1", "GNU.sparse.size=9000000000000000000"), `"f": more than 10737418240 bytes of files`),
		"sparse, data behind the end":     bad(recorded("GNU.sparse.numblocks=1", "GNU.sparse.map=100,12", "GNU.sparse.size=50"), broken),
		"sparse, parts that overlap":      bad(recorded("GNU.sparse.numblocks=2", "GNU.sparse.map=0,8,4,4", "GNU.sparse.size=50"), broken),
		"sparse, parts in wrong order":    bad(recorded("GNU.sparse.numblocks=2", "GNU.sparse.map=10,6,0,6", "GNU.sparse.size=50"), broken),
		"sparse, more data than there is": bad(recorded("GNU.sparse.numblocks=1", "GNU.sparse.map=0,500", "GNU.sparse.size=500"), `"f": .*sparse file references non-existent data`),
		"sparse, negative":                bad(recorded("GNU.sparse.numblocks=1", "GNU.sparse.map=-1,5", "GNU.sparse.size=50"), broken),
		"sparse, an odd map":              bad(recorded("GNU.sparse.numblocks=1", "GNU.sparse.map=1,2,3", "GNU.sparse.size=50"), broken),
	})
}

// Each sparse format as GNU tar writes it, against the file itself.
func TestSparseFormats(t *testing.T) {
	needPeers(t)
	content := t.TempDir()
	sparse, err := os.Create(filepath.Join(content, "sparse"))
	must(t, err)
	for i := range 60 { // more parts than one header can name
		_, err := sparse.WriteAt(bytes.Repeat([]byte{byte('a' + i%26)}, 5000), int64(i)<<20)
		must(t, err)
	}
	must(t, sparse.Truncate(80<<20))
	must(t, sparse.Close())
	must(t, os.Truncate(create(t, content, "hole"), 64<<20))
	must(t, os.WriteFile(filepath.Join(content, "dense"), bytes.Repeat([]byte("x"), 10_000), 0o600))
	expected := treetest.Describe(t, content)
	for name, options := range map[string][]string{
		"GNU": {"--format=gnu"}, "PAX 0.0": {"--format=posix", "--sparse-version=0.0"},
		"PAX 0.1": {"--format=posix", "--sparse-version=0.1"}, "PAX 1.0": {"--format=posix", "--sparse-version=1.0"},
		"not sparse": {"--format=posix", "--hole-detection=raw"},
	} {
		t.Run(name, func(t *testing.T) {
			arguments := append([]string{"--create", "--directory", content, "--file=-"}, options...)
			if name != "not sparse" {
				arguments = append(arguments, "--sparse")
			}
			plain, err := exec.Command("tar", append(arguments, ".")...).Output()
			must(t, err)
			if name != "not sparse" && len(plain) > 1<<20 {
				t.Fatalf("tar made no sparse archive: %d bytes", len(plain))
			}
			p := newPlace(t, newOutside(t))
			writeLayout(t, p.path("layout"), hostileImage{layers: []hostileLayer{gzipped(plain)}})
			found := p.resolve(p.path("layout"))
			if found.Failure != nil {
				t.Fatalf("%+v", *found.Failure)
			}
			fsck(t, found.Image.RootDisk)
			var info syscall.Stat_t
			must(t, syscall.Stat(found.Image.RootDisk, &info))
			if taken := info.Blocks * 512; taken > 10<<20 {
				t.Errorf("%d bytes on disk", taken)
			}
			tree := treetest.Describe(t, treetest.Mount(t, found.Image.RootDisk))
			for _, file := range []string{"sparse", "hole", "dense"} {
				// Formats without PAX records have whole seconds.
				if cutTime(tree[file]) != cutTime(expected[file]) {
					t.Errorf("%s: %s, expected %s", file, tree[file], expected[file])
				}
			}
		})
	}
}

// cutTime leaves out the time in a description.
func cutTime(description string) string {
	fields := strings.Fields(description)
	return strings.Join(append(fields[:2:2], fields[3:]...), " ")
}

func create(t *testing.T, folder, name string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	must(t, os.WriteFile(path, nil, 0o600))
	return path
}

func TestBombs(t *testing.T) {
	// 3 GiB of zeros, 1000:1, as members of 64 MiB each.
	member := zipped(make([]byte, 64<<20))
	header := headerOf("zeros", 3<<30)
	bomb := hostileLayer{stored: append(zipped(header), bytes.Repeat(member, 48)...), diffID: digestOf(nil)}
	encoder, err := zstd.NewWriter(nil, zstd.WithWindowSize(8<<20))
	must(t, err)
	frame := encoder.EncodeAll(make([]byte, 64<<20), nil)
	zstdBomb := hostileLayer{stored: append(encoder.EncodeAll(header, nil), bytes.Repeat(frame, 48)...), diffID: digestOf(nil)}
	// A frame that asks for a window of 2 GiB, then one raw block.
	window := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x10, 0x00}
	long := hostileLayer{stored: append(window, make([]byte, 512)...), diffID: digestOf(nil)}
	plain := archive(file("a"))
	nested := hostileLayer{stored: zipped(zipped(plain)), diffID: digestOf(plain)}
	tail := hostileLayer{stored: append(zipped(plain), bytes.Repeat(member, 48)...), diffID: digestOf(plain)}
	one := func(layer hostileLayer) hostileImage { return hostileImage{layers: []hostileLayer{layer}} }
	const ratio = `^layer 1 of 1 \(sha256:.{64}\): .*more than 200 times its compressed size$`
	tryAll(t, newOutside(t), map[string]hostileImage{
		"gzip":                     beyond(one(bomb), ratio),
		"zstd":                     beyond(one(zstdBomb), ratio),
		"gzip behind the end":      beyond(one(tail), ratio),
		"zstd with a large window": bad(one(long), `window`),
		"gzip in gzip":             bad(one(nested), `^layer 1 of 1 \(sha256:.{64}\): it is cut short`),
	})
}

// headerOf is a file's header without what it announces.
func headerOf(name string, size int64) []byte {
	var data bytes.Buffer
	if err := tar.NewWriter(&data).WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: size}); err != nil {
		panic(err)
	}
	return data.Bytes()
}
