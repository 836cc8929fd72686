package imagestore

import (
	"errors"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// Target is what a user has named: one name, for all platforms that it is there for, or an image by
// its digest.
type Target struct {
	Name       string // as in messages
	Digest     v1.Hash
	Whole      bool // named by its digest
	References []Reference
}

// minPrefix is how much of a digest names an image, if only one begins so.
const minPrefix = 4

// Find looks for a name first and for a digest or the beginning of one then. normal is the name's
// normal form, empty if it has none. The platform decides which of several images a name means.
func (s *Store) Find(given, normal, platform string) (*Target, error) {
	references, _, err := s.References()
	if err != nil {
		return nil, err
	}
	if target := findName(references, normal, platform); target != nil {
		return target, nil
	}
	digest, err := s.findDigest(given)
	if err != nil {
		return nil, err
	}
	target := &Target{Name: given, Digest: digest, Whole: true}
	for _, reference := range references {
		if reference.Digest == digest {
			target.References = append(target.References, reference)
		}
	}
	return target, nil
}

func findName(references []Reference, name, platform string) *Target {
	target := &Target{Name: name}
	for _, reference := range references {
		if name == "" || reference.Name != clean(name) {
			continue
		}
		if target.References == nil || reference.Platform == platform {
			target.Digest = reference.Digest
		}
		target.References = append(target.References, reference)
	}
	if target.References == nil {
		return nil
	}
	return target
}

func (s *Store) findDigest(given string) (v1.Hash, error) {
	unknown := failure.New(failurev1.Code_CODE_IMAGE_NOT_CACHED, given, nil)
	prefix := strings.TrimPrefix(given, imagesFolder+":")
	if len(prefix) < minPrefix || strings.Trim(prefix, "0123456789abcdef") != "" {
		return v1.Hash{}, unknown
	}
	entries, _, err := s.List()
	if err != nil {
		return v1.Hash{}, err
	}
	var found []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Digest, imagesFolder+":"+prefix) {
			found = append(found, entry.Digest)
		}
	}
	switch len(found) {
	case 0:
		return v1.Hash{}, unknown
	case 1:
		return v1.NewHash(found[0])
	}
	const shown = 10
	slices.Sort(found)
	several := errors.New("several images begin so: " + strings.Join(found[:min(len(found), shown)], ", "))
	return v1.Hash{}, failure.New(failurev1.Code_CODE_IMAGE_NOT_FOUND, given, several)
}
