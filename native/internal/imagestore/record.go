package imagestore

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/durable"
)

// Image is what starting a sandbox needs to know.
type Image struct {
	Digest   string `json:"digest"`
	RootDisk string `json:"rootDisk"` // absolute path; in image.json only a name
	Config   Config `json:"config"`
	Size     int64  `json:"size"` // of the root disk; tells one that was cut from outside
}

// Config is the part of an image's configuration that programs are run with.
type Config struct {
	Env          []string `json:"env"`
	Entrypoint   []string `json:"entrypoint"`
	Cmd          []string `json:"cmd"`
	WorkingDir   string   `json:"workingDir"`
	User         string   `json:"user"`
	ExposedPorts []string `json:"exposedPorts"`
}

// Description is what an image is known by besides its contents.
type Description struct {
	Config   Config
	Platform string
	Created  time.Time // zero if the image does not tell
	Layers   []Layer   // lowest first; none for a root folder
}

// Layer is one layer as it came.
type Layer struct {
	Digest    string `json:"digest,omitempty"` // of the stored bytes; absent if the source names none
	DiffID    string `json:"diffId"`
	Size      int64  `json:"size"` // of the stored bytes
	MediaType string `json:"mediaType,omitempty"`
	CreatedBy string `json:"createdBy,omitempty"`
}

// record is image.json.
type record struct {
	Image
	Platform string    `json:"platform"`
	Created  time.Time `json:"created"`
	Layers   []Layer   `json:"layers"`
}

// A configuration may have megabytes of environment; more is damage.
const maxRecord = 32 << 20

var errNotWhole = errors.New("the root file system is not as it was written")

// read fails for an image that is not there as a whole.
func (s *Store) read(digest v1.Hash) (*record, error) {
	folder := s.folder(digest)
	data, err := durable.ReadFile(filepath.Join(folder, recordFile), maxRecord)
	if err != nil {
		return nil, err
	}
	found := &record{}
	if err := json.Unmarshal(data, found); err != nil {
		return nil, err
	}
	if found.Digest != digest.String() || found.RootDisk != rootFile {
		return nil, errors.New("the record is another image's")
	}
	found.RootDisk = filepath.Join(folder, rootFile)
	info, err := os.Stat(found.RootDisk)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() != found.Size {
		return nil, errNotWhole
	}
	return found, nil
}
