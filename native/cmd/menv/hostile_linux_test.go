package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"sandboxfile/native/internal/treetest"
)

// Layers and manifests as an attacker would write them, each brought in by a process of its own
// whose surroundings, memory and answer are looked at.

// hostileImage is one of them.
type hostileImage struct {
	layers []hostileLayer
	change func(*hostileManifest) // what the manifest says wrongly
	// A bad image's failure: code, and what its cause has to say, as a regular expression.
	code, cause string
	// A good image's tree: nil stands for what umoci unpacks.
	tree map[string]string
	// Directories that no entry describes: umoci gives them the time of unpacking.
	implied []string
}

// place is a store with surroundings that no image may touch.
type place struct {
	t       *testing.T
	root    string
	outside string
}

func newPlace(t *testing.T, outside string) *place {
	t.Helper()
	p := &place{t: t, root: t.TempDir(), outside: outside}
	for _, folder := range []string{"store", "home", "tmp", "cwd"} {
		must(t, os.Mkdir(p.path(folder), 0o755))
	}
	return p
}

// newOutside is where links and names of images lead to.
func newOutside(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, "folder"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "file"), []byte("outside"), 0o644))
	must(t, os.WriteFile(filepath.Join(root, "folder/file"), []byte("outside"), 0o600))
	must(t, os.Symlink("file", filepath.Join(root, "link")))
	return root
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *place) path(name string) string { return filepath.Join(p.root, name) }

// surroundings describes everything but the store's inside, contents by their hashes.
func (p *place) surroundings() map[string]string {
	found := treetest.Describe(p.t, p.root)
	for name := range found {
		if strings.HasPrefix(name, "store") {
			delete(found, name)
		}
	}
	for name, description := range treetest.Describe(p.t, p.outside) {
		found["outside/"+name] = description
	}
	return found
}

// answer is the last line that the process wrote.
type answer struct {
	Image   *struct{ RootDisk string }
	Failure *struct{ Code, Subject, Cause string }
}

// memoryBound is what an import may take, whatever the image is like.
const memoryBound = 512 << 20

// resolve runs `menv image resolve`.
func (p *place) resolve(reference string) answer {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	command := exec.CommandContext(ctx, os.Args[0], "image", "resolve", "--store", p.path("store"),
		"--platform", "linux/"+runtime.GOARCH, "--builtin", p.path("none"), reference)
	command.Dir = p.path("cwd")
	command.Env = []string{"HOME=" + p.path("home"), "MENV_HOME=" + p.path("home"), "TMPDIR=" + p.path("tmp"), "PATH=" + os.Getenv("PATH")}
	var stderr bytes.Buffer
	command.Stderr = &stderr
	output, _ := command.Output() // the answer tells
	must(p.t, ctx.Err())
	if stderr.Len() > 0 {
		p.t.Errorf("stderr: %s", &stderr)
	}
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	var last answer
	must(p.t, json.Unmarshal(lines[len(lines)-1], &last))
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok && usage.Maxrss<<10 > memoryBound {
		p.t.Errorf("%d MiB of memory", usage.Maxrss>>10)
	}
	return last
}

// try brings the image in and looks at everything that is promised.
func (image hostileImage) try(t *testing.T, outside string) {
	p := newPlace(t, outside)
	layout := p.path("layout")
	writeLayout(t, layout, image)
	before := p.surroundings()
	found := p.resolve(layout)
	treetest.Compare(t, p.surroundings(), before)
	if image.code != "" {
		image.expectFailure(t, p, layout, found)
		return
	}
	if found.Failure != nil {
		t.Fatalf("refused: %+v", *found.Failure)
	}
	fsck(t, found.Image.RootDisk)
	image.compare(t, p, layout, treetest.Describe(t, treetest.Mount(t, found.Image.RootDisk)))
}

func (image hostileImage) expectFailure(t *testing.T, p *place, layout string, found answer) {
	t.Helper()
	switch {
	case found.Failure == nil:
		t.Fatal("taken")
	case found.Failure.Code != "CODE_"+image.code:
		t.Errorf("code %s: %+v", found.Failure.Code, *found.Failure)
	case !strings.Contains(found.Failure.Subject, layout):
		t.Errorf("the failure does not name the image: %+v", *found.Failure)
	case !regexp.MustCompile(image.cause).MatchString(found.Failure.Cause):
		t.Errorf("cause %q, expected %q", found.Failure.Cause, image.cause)
	}
	for name := range treetest.Describe(t, p.path("store")) {
		base := filepath.Base(name)
		if strings.HasPrefix(base, "root.") || strings.HasPrefix(base, ".tmp-") || base == "image.json" {
			t.Errorf("left: %s", name)
		}
	}
}

func (image hostileImage) compare(t *testing.T, p *place, layout string, found map[string]string) {
	t.Helper()
	expected := image.tree
	if expected == nil {
		bundle := p.path("bundle")
		command := exec.Command("umoci", "unpack", "--image", layout+":latest", bundle)
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("umoci: %v: %s", err, output)
		}
		expected = treetest.Describe(t, filepath.Join(bundle, "rootfs"))
	}
	// No layer has an entry for the root.
	for _, name := range append(image.implied, ".") {
		delete(expected, name)
		delete(found, name)
	}
	treetest.Compare(t, found, expected)
}

func fsck(t *testing.T, disk string) {
	t.Helper()
	if output, err := exec.Command("fsck.erofs", disk).CombinedOutput(); err != nil {
		t.Errorf("fsck.erofs: %v: %s", err, output)
	}
}

// needPeers skips where what the test compares with is missing.
func needPeers(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("owners and mounts need root")
	}
	for _, program := range []string{"umoci", "fsck.erofs", "tar"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
}

func tryAll(t *testing.T, outside string, images map[string]hostileImage) {
	needPeers(t)
	for name, image := range images {
		t.Run(name, func(t *testing.T) { image.try(t, outside) })
	}
}
