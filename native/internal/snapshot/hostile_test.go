package snapshot

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestHostileArchivesAreRefused: nothing but the folder of snapshots may change, and that not for long.
func TestHostileArchivesAreRefused(t *testing.T) {
	h := newHost(t)
	good := h.export(h.snapshot("one", true))
	original := unpackArchive(t, good)
	index := func(prefix string) int {
		return slices.IndexFunc(original, func(e entry) bool { return strings.HasPrefix(e.Name, prefix) })
	}
	about := func(change func(map[string]any)) func(entries) entries {
		return func(all entries) entries {
			var header map[string]any
			if err := json.Unmarshal(all[0].data, &header); err != nil {
				t.Fatal(err)
			}
			change(header)
			all[0].data, _ = json.Marshal(header)
			return all
		}
	}
	rename := func(from, to string) func(entries) entries {
		return func(all entries) entries {
			all[index(from)].Name = to
			return all
		}
	}
	link := func(kind byte) func(entries) entries {
		return func(all entries) entries {
			at := index("disk/")
			all[at] = entry{tar.Header{Typeflag: kind, Name: all[at].Name, Linkname: "/etc/passwd"}, nil}
			return all
		}
	}
	for name, change := range map[string]func(entries) entries{
		"as it is but for the signature": func(all entries) entries {
			last := len(all) - 1
			all[last].data = bytes.Replace(all[last].data, []byte(`"mac":"`), []byte(`"mac":"0`), 1)
			return all
		},
		"path upwards":         rename("disk/", "../../evil"),
		"absolute path":        rename("disk/", "/tmp/evil"),
		"path in the place":    rename("disk/", "disk/../../evil"),
		"a file more":          rename("disk/", "evil"),
		"place as nobody does": rename("disk/", "disk/0x00000000000000"),
		"negative place":       rename("disk/", "disk/-000000000001000"),
		"beyond the disk":      rename("disk/", "disk/7fffffffffff0000"),
		"symbolic link":        link(tar.TypeSymlink),
		"hard link":            link(tar.TypeLink),
		"device":               link(tar.TypeChar),
		"folder":               link(tar.TypeDir),
		"twice": func(all entries) entries {
			return slices.Insert(all, index("ram/"), all[index("ram/")])
		},
		"not in order": func(all entries) entries {
			at := index("disk/")
			all[at], all[at+1] = all[at+1], all[at]
			return all
		},
		"no state":   func(all entries) entries { return slices.Delete(all, 1, 2) },
		"no sums":    func(all entries) entries { return all[:len(all)-1] },
		"a run less": func(all entries) entries { return slices.Delete(all, index("disk/"), index("disk/")+1) },
		"a changed run": func(all entries) entries {
			all[index("ram/")].data[7] ^= 1
			return all
		},
		"a longer state": func(all entries) entries {
			all[1].data = append(all[1].data, 'x')
			return all
		},
		"more behind it": func(all entries) entries { return append(all, all[0]) },
		"huge run": func(all entries) entries {
			all[index("disk/")].data = make([]byte, maxRun+4096)
			return all
		},
		"huge manifest": func(all entries) entries {
			all[0].data = append(all[0].data, bytes.Repeat([]byte{' '}, maxManifest)...)
			return all
		},
		"no manifest":         func(all entries) entries { all[0].data = []byte("nothing"); return all },
		"bomb":                about(func(header map[string]any) { header["data"] = int64(maxRatio)*1<<20 + 2*freeData }),
		"more than its sizes": about(func(header map[string]any) { header["data"] = int64(1) << 60 }),
		"negative":            about(func(header map[string]any) { header["data"] = -1 }),
		"huge memory":         about(func(header map[string]any) { header["ram"] = int64(1) << 50 }),
		"huge state":          about(func(header map[string]any) { header["state"] = int64(1) << 40 }),
		"another disk":        about(func(header map[string]any) { header["disk"] = int64(1) << 62 }),
		"no machine":          about(func(header map[string]any) { delete(header, "machine") }),
		"empty machine":       about(func(header map[string]any) { header["machine"] = map[string]any{} }),
		"another format":      about(func(header map[string]any) { header["format"] = 99 }),
		"path as image":       about(func(header map[string]any) { header["image"] = "../../.." }),
		"no image":            about(func(header map[string]any) { delete(header, "image") }),
	} {
		t.Run(name, func(t *testing.T) {
			path := change(slices.Clone(cloneEntries(original))).pack(t)
			refused(t, h, path)
		})
	}
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("truncated", func(t *testing.T) {
		for at := 0; at < len(data); at += max(len(data)/60, 1) {
			refused(t, h, store(t, data[:at]))
		}
		refused(t, h, store(t, data[:len(data)-1]))
	})
	whole, err := io.ReadAll(decompressed(t, data))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("flipped", func(t *testing.T) {
		for at := 0; at < len(data); at += max(len(data)/120, 1) {
			flipped := bytes.Clone(data)
			flipped[at] ^= 0x10
			// One bit of a frame's header says nothing.
			if stream, err := io.ReadAll(decompressed(t, flipped)); err == nil && bytes.Equal(stream, whole) {
				continue
			}
			refused(t, h, store(t, flipped))
		}
	})
	t.Run("followed by more", func(t *testing.T) { refused(t, h, store(t, append(bytes.Clone(data), data...))) })
	t.Run("no archive", func(t *testing.T) { refused(t, h, store(t, []byte("PK\x03\x04"))) })
}

func cloneEntries(all entries) entries {
	var copied entries
	for _, each := range all {
		copied = append(copied, entry{each.Header, bytes.Clone(each.data)})
	}
	return copied
}

// refused also where the user trusts whoever made it, unless only the signature is wrong.
func refused(t *testing.T, h *host, path string) {
	t.Helper()
	before := tree(t, h.folder)
	if _, err := h.imported(path, "hostile", nil); err == nil {
		t.Fatal("it is taken")
	}
	_, err := h.imported(path, "hostile", func(i *Import) { i.Trust = true })
	if trusted := strings.Contains(t.Name(), "signature"); (err == nil) != trusted {
		t.Fatalf("with trust: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(h.folder, "kept", "hostile")); err != nil {
		t.Fatal(err)
	}
	if after := tree(t, h.folder); !slices.Equal(before, after) {
		t.Errorf("%v has become %v", before, after)
	}
}

func decompressed(t *testing.T, archive []byte) io.Reader {
	t.Helper()
	decompressor, err := zstd.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(decompressor.Close)
	return decompressor
}

func tree(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		names = append(names, path+info.Mode().String())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
