package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// imageCLI runs `menv image` on one store and gives the last line of its answer.
type imageCLI struct {
	*testing.T
	store string
	stdin []byte
	env   []string
}

func (c *imageCLI) run(status int, arguments ...string) map[string]json.RawMessage {
	c.Helper()
	all := append([]string{"image", arguments[0], "--store", c.store, "--platform", "linux/amd64"}, arguments[1:]...)
	command := exec.Command(os.Args[0], all...)
	command.Env = append(os.Environ(), c.env...)
	command.Stdin = bytes.NewReader(c.stdin)
	output, _ := command.Output() // the status is looked at
	if found := command.ProcessState.ExitCode(); found != status {
		c.Fatalf("%v: status %d, %s", arguments, found, output)
	}
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	answer := make(map[string]json.RawMessage)
	if err := json.Unmarshal(lines[len(lines)-1], &answer); err != nil && status != 2 {
		c.Fatalf("%v: %v in %q", arguments, err, output)
	}
	return answer
}

func (c *imageCLI) expect(answer json.RawMessage, parts ...string) {
	c.Helper()
	for _, part := range parts {
		if !strings.Contains(string(answer), part) {
			c.Errorf("%s, expected %s", answer, part)
		}
	}
}

// namedLayout has one image with three layers of 2 KiB.
func namedLayout(t *testing.T, name string) string {
	t.Helper()
	made, err := mutate.ConfigFile(mutate.MediaType(empty.Image, types.OCIManifestSchema1), &v1.ConfigFile{
		OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}, Config: v1.Config{Cmd: []string{"/bin/tool"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		layer, err := random.Layer(2048, types.OCILayer)
		if err != nil {
			t.Fatal(err)
		}
		if made, err = mutate.Append(made, mutate.Addendum{Layer: layer, History: v1.History{CreatedBy: "RUN step"}}); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := path.AppendImage(made, layout.WithAnnotations(map[string]string{"io.containerd.image.name": name})); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestLifeOfALoadedImage(t *testing.T) {
	menv := &imageCLI{T: t, store: t.TempDir()}
	loaded := menv.run(0, "load", namedLayout(t, "app:v1"))["loaded"]
	menv.expect(loaded, `"reference":"docker.io/library/app:v1"`, `"digest":"sha256:`)
	menv.expect(menv.run(0, "ls")["images"], `"references":["docker.io/library/app:v1"]`, `"platform":"linux/amd64"`, `"inUseBy":[]`)
	inspected := menv.run(0, "inspect", "app:v1")["inspect"]
	if strings.Count(string(inspected), `"diffId"`) != 3 {
		t.Errorf("%s", inspected)
	}
	menv.expect(inspected, `"cmd":["/bin/tool"]`, `"createdBy":"RUN step"`, `"manifest":{`, `"config":{`)
	output := filepath.Join(t.TempDir(), "app.tar")
	menv.expect(menv.run(0, "save", "--format", "oci-archive", "--output", output, "app:v1")["saved"], output)
	var err error
	if menv.stdin, err = os.ReadFile(output); err != nil {
		t.Fatal(err)
	}
	other := &imageCLI{T: t, store: t.TempDir(), stdin: menv.stdin}
	if again := other.run(0, "load", "--name", "renamed", "-")["loaded"]; !strings.Contains(string(again), "docker.io/library/renamed:latest") {
		t.Errorf("%s", again)
	}
	menv.expect(menv.run(1, "rm", "app:v1", "unknown")["failure"], "CODE_IMAGE_NOT_CACHED", "unknown")
	menv.expect(menv.run(0, "rm", "app:v1")["removed"], `"references":["docker.io/library/app:v1"]`, `"digests":["sha256:`)
	menv.expect(menv.run(0, "ls")["images"], `[]`)
	menv.expect(menv.run(1, "inspect", "app:v1")["failure"], "CODE_IMAGE_NOT_CACHED")
	menv.run(2, "save", "--output", "relative.tar", "app:v1")
	menv.run(2, "rm")
}

func TestCommitOnALoadedImage(t *testing.T) {
	menv := &imageCLI{T: t, store: t.TempDir()}
	var loaded []struct{ Digest string }
	if err := json.Unmarshal(menv.run(0, "load", namedLayout(t, "app:v1"))["loaded"], &loaded); err != nil {
		t.Fatal(err)
	}
	menv.stdin = make([]byte, 1024) // an archive of nothing
	base := loaded[0].Digest
	menv.expect(menv.run(0, "commit", "--base", base, "--message", "why", "made:v1")["committed"], `"reference":"docker.io/library/made:v1"`, `"digest":"sha256:`)
	inspected := menv.run(0, "inspect", "made:v1")["inspect"]
	if strings.Count(string(inspected), `"diffId"`) != 4 {
		t.Errorf("%s", inspected)
	}
	menv.expect(inspected, `"cmd":["/bin/tool"]`, `"comment":"why"`)
	menv.expect(menv.run(1, "commit", "--base", base, "Made")["failure"], "CODE_IMAGE_REFERENCE")
	menv.expect(menv.run(1, "commit", "--base", base, "made@"+base)["failure"], "CODE_IMAGE_REFERENCE", "committed to tags")
	menv.stdin = menv.stdin[:512]
	menv.expect(menv.run(1, "commit", "--base", base, "made:v2")["failure"], "CODE_IMAGE_INVALID", "end mark")
	menv.run(2, "commit", "made:v1")
}

func TestSizeLimitSetting(t *testing.T) {
	menv := &imageCLI{T: t, store: t.TempDir(), env: []string{"MENV_IMAGES_LIMIT=lots"}}
	menv.expect(menv.run(1, "load", namedLayout(t, "app:v1"))["failure"], "CODE_SETTING", "MENV_IMAGES_LIMIT")
	menv.env = []string{"MENV_IMAGES_LIMIT=0"}
	menv.run(0, "load", namedLayout(t, "app:v1"))
	menv.expect(menv.run(0, "ls")["images"], "app:v1") // just loaded: it stays
	menv.expect(menv.run(1, "prune", "--keep", "1 byte")["failure"], "CODE_SETTING", "--keep")
	menv.expect(menv.run(0, "prune", "--keep", "1GiB")["removed"], `"digests":[]`)
	menv.expect(menv.run(0, "prune")["removed"], "app:v1")
}
