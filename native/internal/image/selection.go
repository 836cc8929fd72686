package image

import (
	"errors"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/reference"
)

// selection says which of the images in one place is meant.
type selection struct {
	path     string
	tag      string
	platform v1.Platform
}

// matches says whether an image that goes by these names is meant. Without a tag each is.
func (s *selection) matches(names []string) bool {
	return s.tag == "" || slices.ContainsFunc(names, s.isName)
}

// isName takes the tag alone, the name as stored, and the name in any spelling that means the same.
func (s *selection) isName(stored string) bool {
	if stored == s.tag {
		return true
	}
	full, err := reference.Parse(stored, "")
	if err != nil {
		return false
	}
	if full.Tag == s.tag {
		return strings.Contains(stored, ":")
	}
	asked, err := reference.Parse(s.tag, "")
	return err == nil && strings.ContainsAny(s.tag, "/:") && asked == full
}

func (s *selection) missing(names []string) error {
	return failure.New(failurev1.Code_CODE_IMAGE_NOT_FOUND, s.path+"#"+s.tag, errors.New("it has "+list(names)))
}

func (s *selection) ambiguous(names []string) error {
	return failure.New(failurev1.Code_CODE_IMAGE_AMBIGUOUS, s.path, errors.New("it has "+list(names)))
}

func (s *selection) wrongPlatform(platforms []string) error {
	return failure.New(failurev1.Code_CODE_IMAGE_PLATFORM, s.path, errors.New("wanted "+s.platform.String()+", it has "+list(platforms)))
}

// runs says whether an image for that platform can be used. An absent variant fits.
func (s *selection) runs(platform v1.Platform) bool {
	return platform.OS == s.platform.OS && platform.Architecture == s.platform.Architecture &&
		(platform.Variant == "" || s.platform.Variant == "" && usualVariant[platform.Architecture] == platform.Variant || platform.Variant == s.platform.Variant)
}

// The variant that an architecture's name alone stands for.
var usualVariant = map[string]string{"arm64": "v8", "amd64": "v1"}

func list(names []string) string {
	if len(names) == 0 {
		return "none with a name"
	}
	const shown = 20
	sorted := slices.Compact(slices.Sorted(slices.Values(names)))
	if len(sorted) > shown {
		sorted = append(sorted[:shown], "…")
	}
	return strings.Join(sorted, ", ")
}
