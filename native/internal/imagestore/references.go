package imagestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/flock"
)

// Reference is a name of an image. Two platforms of one name are two references.
type Reference struct {
	Name     string  `json:"name"` // normal form of a registry reference, absolute path, or builtin:…
	Platform string  `json:"platform"`
	Digest   v1.Hash `json:"digest"` // the image's in this store
	// Index is what the registry has under the name when that is not the image itself but an index
	// in which the image is the platform's; zero otherwise.
	Index v1.Hash   `json:"index,omitzero"`
	Since time.Time `json:"since"` // when the name came to mean this image
}

// Unnamed is what keeps an image that is wanted and has no name: a reference to its digest.
func Unnamed(digest v1.Hash, platform string) Reference {
	return Reference{Name: digest.String(), Platform: platform, Digest: digest}
}

// namesOf leaves out what is no name.
func namesOf(references []Reference) []string {
	names := []string{}
	for _, reference := range references {
		if reference.Name != reference.Digest.String() {
			names = append(names, reference.Name)
		}
	}
	return names
}

const (
	refsFolder   = "refs"
	recordSuffix = ".json"
	// Names are bounded by the grammar of references and by PATH_MAX.
	maxReference = 64 << 10
)

// Damage is a record that cannot be read. The store goes on without it.
type Damage struct {
	Path  string `json:"path"`
	Cause string `json:"cause"`
}

// Reference returns what a name stands for. A damaged record counts as none: the name is then
// asked for anew where it came from.
func (s *Store) Reference(name, platform string) (Reference, bool) {
	found, err := readReference(s.referencePath(name, platform))
	return found, err == nil
}

// ReferenceFile is where a name is recorded. Another file is put in its place whenever the name comes
// to mean another image, and it goes with the name: one that is unchanged proves that the name is.
func (s *Store) ReferenceFile(name, platform string) string { return s.referencePath(name, platform) }

// SetReference makes a name stand for an image from now on.
func (s *Store) SetReference(ctx context.Context, reference Reference) error {
	reference.Name = clean(reference.Name)
	reference.Since = time.Now().UTC()
	if old, exists := s.Reference(reference.Name, reference.Platform); exists && sameTarget(old, reference) {
		return nil
	}
	path := s.referencePath(reference.Name, reference.Platform)
	return s.changeReferences(ctx, func() error { return writeJSON(path, reference) })
}

// References lists all names, by name and platform, and the records that cannot be read.
func (s *Store) References() ([]Reference, []Damage, error) {
	folder := filepath.Join(s.dir, refsFolder)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil, failure.Storage(failurev1.Code_CODE_STORE, folder, err)
	}
	var found []Reference
	var damaged []Damage
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != recordSuffix {
			continue
		}
		path := filepath.Join(folder, entry.Name())
		reference, err := readReference(path)
		switch {
		case err == nil:
			found = append(found, reference)
		case !errors.Is(err, fs.ErrNotExist):
			damaged = append(damaged, Damage{Path: path, Cause: err.Error()})
		}
	}
	slices.SortFunc(found, func(a, b Reference) int {
		return strings.Compare(a.Name+"\x00"+a.Platform, b.Name+"\x00"+b.Platform)
	})
	return found, damaged, nil
}

// dropReferences forgets names, but none that has come to mean something else meanwhile.
func (s *Store) dropReferences(ctx context.Context, references []Reference) error {
	if len(references) == 0 {
		return nil
	}
	return s.changeReferences(ctx, func() error {
		for _, reference := range references {
			path := s.referencePath(reference.Name, reference.Platform)
			if now, err := readReference(path); err != nil || now.Digest != reference.Digest {
				continue
			}
			if err := os.Remove(path); err != nil {
				return err
			}
		}
		return durable.SyncDir(filepath.Join(s.dir, refsFolder))
	})
}

// changeReferences has names changed by one at a time, who also removes what killed ones have left.
func (s *Store) changeReferences(ctx context.Context, change func() error) error {
	folder := filepath.Join(s.dir, refsFolder)
	unlock, err := flock.Lock(ctx, filepath.Join(folder, lockFile))
	if err == nil {
		defer unlock()
		err = errors.Join(durable.RemoveLeftovers(folder), change())
	}
	return storeFailure(folder, err)
}

func readReference(path string) (Reference, error) {
	data, err := durable.ReadFile(path, maxReference)
	if err != nil {
		return Reference{}, err
	}
	var found Reference
	if err := json.Unmarshal(data, &found); err != nil {
		return Reference{}, err
	}
	if found.Digest.Algorithm != imagesFolder || referenceKey(found.Name, found.Platform) != filepath.Base(path) {
		return Reference{}, errors.New("the record is another name's")
	}
	return found, nil
}

func sameTarget(a, b Reference) bool { return a.Digest == b.Digest && a.Index == b.Index }

func (s *Store) referencePath(name, platform string) string {
	return filepath.Join(s.dir, refsFolder, referenceKey(name, platform))
}

// A hash, because names are longer than files' may be, and paths.
func referenceKey(name, platform string) string {
	sum := sha256.Sum256([]byte(clean(name) + "\x00" + platform))
	return hex.EncodeToString(sum[:16]) + recordSuffix
}

// clean is a name as JSON can hold it.
func clean(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }
