package main

import (
	"fmt"
	"syscall"
	"testing"

	"sandboxfile/native/internal/treetest"
)

func TestHostileWhiteouts(t *testing.T) {
	of := func(lists ...[]entry) hostileImage {
		var image hostileImage
		for _, list := range lists {
			image.layers = append(image.layers, layer(list...))
		}
		return image
	}
	base := []entry{dir("d"), file("d/a"), dir("d/e"), file("d/e/f"), file("x"), dir("y"), file("y/z")}
	tryAll(t, newOutside(t), map[string]hostileImage{
		"of a file":                      of(base, []entry{whiteout("d/.wh.a")}),
		"of a folder":                    of(base, []entry{whiteout(".wh.d")}),
		"of a folder that is made again": of(base, []entry{whiteout(".wh.d"), dir("d"), file("d/new")}),
		"of nothing":                     of(base, []entry{whiteout(".wh.none"), whiteout("d/.wh.none")}),
		"opaque":                         of(base, []entry{dir("d"), whiteout("d/.wh..wh..opq")}),
		"opaque, made again":             of(base, []entry{dir("d"), whiteout("d/.wh..wh..opq"), file("d/a"), dir("d/e"), file("d/e/g")}),
		"opaque, twice":                  of(base, []entry{dir("d"), whiteout("d/.wh..wh..opq"), file("d/b")}, []entry{dir("d"), whiteout("d/.wh..wh..opq"), file("d/c")}),
		"a folder, a file and back":      of(base, []entry{file("d"), dir("x")}, []entry{dir("d"), file("d/b"), file("x")}),
		"a file, a link, a folder":       of(base, []entry{symlink("x", "y")}, []entry{dir("x"), file("x/z")}),
		"hidden, then seen again":        of(base, []entry{whiteout(".wh.x")}, []entry{file("x")}),
		"one name of a hard link":        of([]entry{file("a"), hardlink("b", "a"), hardlink("c", "b")}, []entry{whiteout(".wh.a")}),
		"a link to a lower layer's file": of(base, []entry{hardlink("link", "d/a")}),
	})
	// What no tool writes means nothing: these leave the tree as it is.
	unchanged := treeOf(t, of(base))
	for name, path := range map[string]string{
		"of the parent": "d/.wh...", "of itself": "d/.wh..", "of the root": ".wh..", "of what is above the root": ".wh...",
		"without a name": "d/.wh.", "of a mark": ".wh..wh.x", "of a whiteout": ".wh..wh.plnk", "below nothing": "none/.wh.x",
	} {
		t.Run(name, func(t *testing.T) {
			image := of(base, []entry{whiteout(path)})
			image.tree = unchanged
			image.try(t, newOutside(t))
		})
	}
	// In its own layer a whiteout hides nothing, whatever the order; umoci goes by the order.
	t.Run("of what its layer brings", func(t *testing.T) {
		image := of(base, []entry{whiteout(".wh.new"), file("new")})
		after := of(base, []entry{file("new"), whiteout(".wh.new")})
		after.tree = treeOf(t, image)
		after.try(t, newOutside(t))
	})
}

// treeOf is what the kernel shows of an image.
func treeOf(t *testing.T, image hostileImage) map[string]string {
	t.Helper()
	needPeers(t)
	p := newPlace(t, newOutside(t))
	writeLayout(t, p.path("layout"), image)
	found := p.resolve(p.path("layout"))
	if found.Failure != nil {
		t.Fatalf("%+v", *found.Failure)
	}
	return treetest.Describe(t, treetest.Mount(t, found.Image.RootDisk))
}

// One more name than ext4 allows.
func TestManyHardLinks(t *testing.T) {
	needPeers(t)
	const links = 65_001
	entries := []entry{file("first")}
	for i := range links - 1 {
		entries = append(entries, hardlink(fmt.Sprint(i), "first"))
	}
	p := newPlace(t, newOutside(t))
	writeLayout(t, p.path("layout"), in(entries...))
	found := p.resolve(p.path("layout"))
	if found.Failure != nil {
		t.Fatalf("%+v", *found.Failure)
	}
	fsck(t, found.Image.RootDisk)
	var info syscall.Stat_t
	must(t, syscall.Stat(treetest.Mount(t, found.Image.RootDisk)+"/64999", &info))
	if info.Nlink != links {
		t.Errorf("%d links", info.Nlink)
	}
}
