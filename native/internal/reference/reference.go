// Package reference reads image references as Docker's users write them.
package reference

import (
	"errors"
	"fmt"
	"strings"

	// The algorithms that a digest may name.
	_ "crypto/sha256"
	_ "crypto/sha512"

	distribution "github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/go-digest"
)

// Hub is the default registry as users know it.
const Hub = "docker.io"

// Reference is in normal form: a domain, a path, and a tag or a digest or both.
type Reference struct {
	Domain string
	Path   string
	Tag    string // empty only if there is a digest
	Digest string // as written: algorithm and hexadecimal digits
}

// Parse gives the normal form of a reference. hub is the default registry; empty means Hub.
func Parse(text, hub string) (Reference, error) {
	if hub == "" {
		hub = Hub
	}
	parsed, err := parse(text, hub)
	if err != nil {
		return Reference{}, fmt.Errorf("failed to parse OCI reference: %w", err)
	}
	return parsed, nil
}

func parse(text, hub string) (Reference, error) {
	text, digested, hasDigest := strings.Cut(text, "@")
	domain, rest := qualify(text, hub)
	if rest == "" || rest[0] == ':' {
		return Reference{}, distribution.ErrNameEmpty
	}
	found, err := distribution.Parse(domain + "/" + rest)
	if errors.Is(err, distribution.ErrNameContainsUppercase) {
		err = distribution.ErrReferenceInvalidFormat
	}
	if err != nil {
		return Reference{}, err
	}
	named, ok := found.(distribution.Named)
	if !ok || distribution.Domain(named) != domain {
		return Reference{}, distribution.ErrReferenceInvalidFormat
	}
	parsed := Reference{Domain: domain, Path: distribution.Path(named), Digest: digested}
	if tagged, ok := found.(distribution.Tagged); ok {
		parsed.Tag = tagged.Tag()
	}
	if hasDigest {
		return parsed, checkDigest(digested)
	}
	if parsed.Tag == "" {
		parsed.Tag = "latest"
	}
	return parsed, nil
}

// qualify tells the domain from the rest. What stands before the first slash is a domain only if it
// could not be a component of a path.
func qualify(text, hub string) (domain, rest string) {
	first, rest, found := strings.Cut(text, "/")
	switch {
	case !found || !strings.ContainsAny(first, ".:") && first != "localhost":
		domain, rest = hub, text
	case first == "index."+Hub:
		domain = Hub
	default:
		domain = first
	}
	if (domain == hub || domain == Hub) && rest != "" && rest[0] != ':' && !strings.Contains(rest, "/") {
		rest = "library/" + rest
	}
	return domain, rest
}

func checkDigest(text string) error {
	if _, hex, found := strings.Cut(text, ":"); !found || strings.Trim(hex, "0123456789abcdefABCDEF") != "" {
		return digest.ErrDigestInvalidFormat
	}
	return digest.Digest(text).Validate()
}

// String is the normal form, as messages and listings show it.
func (r Reference) String() string {
	text := r.Domain + "/" + r.Path
	if r.Tag != "" {
		text += ":" + r.Tag
	}
	if r.Digest != "" {
		text += "@" + r.Digest
	}
	return text
}

// Repository is the reference without tag and digest.
func (r Reference) Repository() string { return r.Domain + "/" + r.Path }

// Pinned is the digest, for references that have one. Only sha256 can be fetched by.
func (r Reference) Pinned() (v1.Hash, bool, error) {
	if r.Digest == "" {
		return v1.Hash{}, false, nil
	}
	digest, err := v1.NewHash(r.Digest)
	if err == nil && digest.Algorithm != "sha256" {
		err = fmt.Errorf("digest of algorithm %s: only sha256 is supported", digest.Algorithm)
	}
	return digest, true, err
}

// In is the repository at a registry, which may be a mirror of the one that the reference names.
func (r Reference) In(registry name.Registry) name.Repository { return registry.Repo(r.Path) }
