package main

import (
	"archive/tar"
	"bytes"
	"os"
	"strings"
	"testing"

	"sandboxfile/native/internal/treetest"
)

func in(entries ...entry) hostileImage {
	return hostileImage{layers: []hostileLayer{layer(entries...)}}
}

func bad(image hostileImage, cause string) hostileImage {
	image.code, image.cause = "IMAGE_INVALID", cause
	return image
}

func beyond(image hostileImage, cause string) hostileImage {
	image.code, image.cause = "IMAGE_LIMIT", cause
	return image
}

func TestHostilePaths(t *testing.T) {
	outside := newOutside(t)
	absolute, up := outside+"/folder", strings.Repeat("../", 20)
	inside := absolute[1:] // the same path, in the image
	parents := folders(inside)
	var implied []string
	for _, parent := range parents {
		implied = append(implied, parent.Name)
	}
	tryAll(t, outside, map[string]hostileImage{
		"up":                         in(dir("x"), file("../x/a"), file(up+"x/b")),
		"absolute":                   in(append(parents, file(absolute+"/escaped"))...),
		"up through a folder":        in(dir("a"), file("a/../../x"), file("a/../"+up+"y")),
		"through an absolute link":   in(append(parents, symlink("l", absolute), file("l/escaped"), file("l/file"))...),
		"through a relative link":    in(append(parents, symlink("l", up+inside), file("l/escaped"))...),
		"through a chain of links":   in(append(parents, symlink("a", absolute), symlink("b", "a"), symlink("c", "/b"), file("c/escaped"))...),
		"through a dangling link":    {layers: []hostileLayer{layer(symlink("l", absolute), file("l/escaped"))}, implied: implied},
		"through a link, next layer": {layers: []hostileLayer{layer(append(parents, symlink("l", absolute))...), layer(file("l/escaped"))}},
		"a link in place of a folder": {layers: []hostileLayer{
			layer(append(parents, dir("d"), file("d/x"))...), layer(symlink("d", absolute), file("d/escaped"))}},
		"a folder in place of a link": {layers: []hostileLayer{
			layer(append(parents, symlink("d", absolute))...), layer(dir("d"), file("d/inside"))}},
		"whiteouts through a link": {layers: []hostileLayer{
			layer(append(parents, symlink("l", absolute), file(inside+"/a"), file(inside+"/b"))...), layer(whiteout("l/.wh.a"))}},
		"a hard link to an absolute path":    in(append(parents, file(inside+"/f"), hardlink("h", absolute+"/f"))...),
		"a hard link through a link":         in(append(parents, symlink("l", absolute), file(inside+"/f"), hardlink("h", "l/f"))...),
		"a hard link to a symbolic link":     in(symlink("s", "/etc/passwd"), hardlink("h", "s")),
		"a hard link outside":                bad(in(hardlink("h", up+outside+"/file")), `^layer 1 of 1 \(sha256:.{64}\): "h": link to ".*/file", which is not there$`),
		"a hard link outside, absolute":      bad(in(hardlink("h", outside+"/file")), `"h": link to ".*", which is not there`),
		"a hard link through a link outside": bad(in(symlink("l", absolute), hardlink("h", "l/file")), `"h": link to "l/file", which is not there`),
		"a hard link to a later entry":       bad(in(hardlink("h", "f"), file("f")), `"h": link to "f", which is not there`),
		"a hard link to a folder":            bad(in(dir("d"), hardlink("h", "d")), `"h": link to the directory "d"`),
		"a loop of links":                    bad(in(symlink("a", "b"), symlink("b", "a"), file("a/x")), `"a/x": too many symbolic links`),
		"a parent that is a file":            bad(in(file("a"), file("a/b")), `"a/b": a parent is not a directory`),
		"the root as a file":                 bad(in(file("./.")), `"./.": the root is not a directory`),
		"the root as a link":                 bad(in(symlink("/", absolute)), `"/": the root is not a directory`),
	})
}

// folders describes a path's parents and itself.
func folders(path string) []entry {
	var all []entry
	for i, c := range path + "/" {
		if c == '/' {
			all = append(all, dir(path[:i]))
		}
	}
	return all
}

func TestHostileNames(t *testing.T) {
	long := strings.Repeat("n", 255)
	deepest := strings.Repeat("d/", 127)
	deep := folders(strings.TrimSuffix(deepest, "/"))
	longest := strings.Repeat(strings.Repeat("p", 200)+"/", 20) // 4020 bytes
	longer := folders(strings.TrimSuffix(longest, "/"))
	tryAll(t, newOutside(t), map[string]hostileImage{
		"not UTF-8":              in(file("\xff\xfe-\x80"), dir("d\xc3"), file("d\xc3/\xe2\x28")),
		"control characters":     in(file("a\nb\x1b[2J"), file("-rf"), file(" "), file("*"), file(`\`)),
		"255 bytes":              in(file(long), dir("d"), symlink("d/"+long, long)),
		"256 bytes":              beyond(in(file(long+"n")), `^layer 1 of 1 \(.*\): "n+": more than 255 bytes in a file name$`),
		"NUL":                    bad(withNUL(), `invalid tar header|contains NUL`),
		"a path of 4097 bytes":   beyond(in(append(longer, file(longest+strings.Repeat("f", 77)))...), `": more than 4096 bytes in a path$`),
		"a link of 4095 bytes":   in(symlink("l", strings.Repeat("l", 4095))),
		"a link of 4096 bytes":   beyond(in(symlink("l", strings.Repeat("l", 4096))), `"l": more than 4096 bytes in a path`),
		"127 levels":             in(append(deep, file(deepest+"f"))...),
		"200 levels":             beyond(in(file(strings.Repeat("d/", 200)+"f")), `": more than 128 directories above a file`),
		"200 levels by a link":   beyond(in(append(deep, symlink("l", deepest), file("l/"+strings.Repeat("e/", 73)+"f"))...), `more than 128 directories`),
		"the same name twice":    in(file("a"), dir("d"), file("a").with(func(h *tar.Header) { h.Mode = 0o600 }), dir("d").with(func(h *tar.Header) { h.Mode = 0o700 })),
		"the same in other ways": in(dir("d"), file("d/a"), file("./d//a").with(func(h *tar.Header) { h.Mode = 0o600 }), file("/d/../d/a").with(func(h *tar.Header) { h.Mode = 0o640 })),
	})
}

// The kernel takes no longer path in one piece; os.Root walks it.
func TestLongestPath(t *testing.T) {
	needPeers(t)
	p := newPlace(t, newOutside(t))
	path := strings.Repeat(strings.Repeat("p", 200)+"/", 20) + strings.Repeat("f", 76)
	writeLayout(t, p.path("layout"), in(file(path)))
	found := p.resolve(p.path("layout"))
	if found.Failure != nil {
		t.Fatalf("%+v", *found.Failure)
	}
	fsck(t, found.Image.RootDisk)
	root, err := os.OpenRoot(treetest.Mount(t, found.Image.RootDisk))
	must(t, err)
	defer root.Close()
	if content, err := root.ReadFile(path); err != nil || !strings.HasPrefix(string(content), "content of ppp") {
		t.Errorf("%q %v", content, err)
	}
}

// withNUL has a zero byte in a name, which only a PAX record can say.
func withNUL() hostileImage {
	long := "é" + strings.Repeat("n", 110)
	plain := bytes.Replace(archive(file(long)), []byte("path="+long), []byte("path=\x00\x00"+long[2:]), 1)
	return hostileImage{layers: []hostileLayer{gzipped(plain)}}
}

func TestHostileKinds(t *testing.T) {
	const capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	attribute := func(name, value string) func(*tar.Header) {
		return func(h *tar.Header) { h.PAXRecords = map[string]string{"SCHILY.xattr." + name: value} }
	}
	mode := func(mode int64) func(*tar.Header) {
		return func(h *tar.Header) { h.Mode, h.Uid, h.Gid = mode, 70_000, 4_000_000_000 }
	}
	tryAll(t, newOutside(t), map[string]hostileImage{
		"devices and pipes":         in(node(tar.TypeChar, "c", 1, 3), node(tar.TypeBlock, "b", 259, 70_000), node(tar.TypeFifo, "p", 0, 0), hardlink("q", "p")),
		"setuid, setgid and sticky": in(file("s").with(mode(0o6755)), dir("t").with(mode(0o1777)), dir("g").with(mode(0o2775))),
		"capabilities":              in(file("ping").with(attribute("security.capability", capability)), file("u").with(attribute("user.note", "a\x00b"))),
		"a socket":                  bad(typed('s'), `"s": entry of type 's'`),
		"a device out of range":     bad(in(node(tar.TypeChar, "c", 1<<20, 0)), `"c": device number out of range`),
		"an owner out of range":     bad(in(file("f").with(func(h *tar.Header) { h.Uid = 1 << 40 })), `"f": owner out of range`),
		"a large attribute":         beyond(in(file("f").with(attribute("user.a", strings.Repeat("v", 1<<16)))), `"f": more than 65535 bytes of attributes on one file`),
	})
}

// typed has one entry of a type that the archive's writer refuses.
func typed(kind byte) hostileImage {
	plain := archive(whiteout("s"))
	plain[156] = kind
	return hostileImage{layers: []hostileLayer{gzipped(checked(plain))}}
}

// Attributes that overlayfs obeys would let an image hide or redirect files of the guest's view.
func TestOverlayAttributesAreDropped(t *testing.T) {
	needPeers(t)
	steered := func(h *tar.Header) {
		h.PAXRecords = map[string]string{
			"SCHILY.xattr.trusted.overlay.opaque": "y", "SCHILY.xattr.trusted.overlay.redirect": "/etc",
			"SCHILY.xattr.user.overlay.whiteout": "y", "SCHILY.xattr.trusted.overlay.metacopy": "",
		}
	}
	tree := func(image hostileImage) map[string]string {
		p := newPlace(t, newOutside(t))
		writeLayout(t, p.path("layout"), image)
		return treetest.Describe(t, treetest.Mount(t, p.resolve(p.path("layout")).Image.RootDisk))
	}
	treetest.Compare(t, tree(in(dir("d").with(steered), file("d/f").with(steered))), tree(in(dir("d"), file("d/f"))))
}
