// Package template keeps booted guests from which others go on. A template is a guest whose agent
// waits for its sandbox and has read nothing of any: it is made from trusted parts only, and every
// sandbox with the same kernel, agent, VMM, processors and memory starts as its copy.
package template

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/qemu"
)

const (
	manifestName = "template.json"

	// maxManifest bounds the manifest.
	maxManifest = 64 << 10
	// RootBytes is what the guest of a template believes the image's disk to hold. An image is smaller;
	// reading beyond its end is an error that no file system's own structures lead to.
	RootBytes = 64 << 30
	// clockTolerance is by how much, in millionths, the host's clock may differ from what the guest was
	// told. Measurements differ by 20.
	clockTolerance = 100
)

// ErrNone: there is no such template.
var ErrNone = errors.New("no template")

// manifest is written last: a folder with one is whole.
type manifest struct {
	ClockKHz uint64 `json:"clockKHz"`
	Frozen
}

// Template is an opened template: it can be used even when it is removed meanwhile.
type Template struct {
	ram   *os.File
	state *os.File
}

// Apply makes config that of a guest which goes on from the template.
func (t *Template) Apply(config *qemu.Config) {
	config.RAM, config.State = &qemu.RAM{File: t.ram}, t.state
}

// RAM is the memory.
func (t *Template) RAM() *os.File { return t.ram }

// State is the devices' state.
func (t *Template) State() *os.File { return t.state }

// Close closes the files; guests that have started keep them.
func (t *Template) Close() {
	t.ram.Close()
	t.state.Close()
}

// open verifies the template in folder.
func open(folder string, clockKHz uint64) (*Template, error) {
	expected, err := readManifest(filepath.Join(folder, manifestName))
	if err != nil {
		return nil, err
	}
	if err := CheckClock(expected.ClockKHz, clockKHz); err != nil {
		return nil, err
	}
	return expected.Open(folder)
}

// CheckClock refuses a host whose clock is not the one that a guest was told of.
func CheckClock(made, now uint64) error {
	if differ(made, now) > clockTolerance {
		return fmt.Errorf("made for a clock of %d kHz; this host's has %d", made, now)
	}
	return nil
}

func readManifest(path string) (*manifest, error) {
	data, err := durable.ReadFile(path, maxManifest)
	if err != nil {
		return nil, err
	}
	m := &manifest{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func sum(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}

// differ is the difference in millionths of a.
func differ(a, b uint64) uint64 {
	if a == b {
		return 0
	}
	if a == 0 {
		return clockTolerance + 1
	}
	return (max(a, b) - min(a, b)) * 1_000_000 / a
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
