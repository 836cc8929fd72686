package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// MaxManifest bounds manifests and indexes; real ones are some KiB.
const MaxManifest = 4 << 20

var manifestTypes = strings.Join([]string{
	string(types.OCIImageIndex), string(types.OCIManifestSchema1),
	string(types.DockerManifestList), string(types.DockerManifestSchema2),
}, ", ")

// Head asks what the reference stands for now. Registries may not say, and the digest is zero then.
func (r *Repository) Head(ctx context.Context) (digest v1.Hash, err error) {
	err = r.each(ctx, func(s *session) error {
		digest = v1.Hash{}
		response, err := s.manifest(ctx, http.MethodHead, r.identifier())
		if answer, ok := errors.AsType[*transport.Error](err); ok && answer.StatusCode == http.StatusMethodNotAllowed {
			return nil
		}
		if err != nil {
			return err
		}
		response.Body.Close()
		digest, _ = v1.NewHash(response.Header.Get("Docker-Content-Digest")) // not every registry has it
		return nil
	})
	return digest, r.name(err)
}

// Manifest gets what the reference stands for, an index or a manifest.
func (r *Repository) Manifest(ctx context.Context) ([]byte, v1.Hash, error) {
	return r.manifest(ctx, r.identifier())
}

// ManifestOf gets the index or manifest of that digest.
func (r *Repository) ManifestOf(ctx context.Context, digest v1.Hash) ([]byte, error) {
	raw, _, err := r.manifest(ctx, digest.String())
	return raw, err
}

func (r *Repository) manifest(ctx context.Context, identifier string) (raw []byte, digest v1.Hash, err error) {
	err = r.each(ctx, func(s *session) error {
		raw, err = s.whole(ctx, func() (*http.Response, error) { return s.manifest(ctx, http.MethodGet, identifier) }, MaxManifest)
		if err != nil {
			return err
		}
		if digest, _, err = v1.SHA256(bytes.NewReader(raw)); err != nil {
			return err
		}
		if strings.Contains(identifier, ":") && digest.String() != identifier {
			return refuse("manifest: its digest is %s, expected %s", digest, identifier)
		}
		return nil
	})
	return raw, digest, r.name(err)
}

func (r *Repository) identifier() string {
	if r.wanted.Digest != "" {
		return r.wanted.Digest
	}
	return r.wanted.Tag
}

func (s *session) manifest(ctx context.Context, method, identifier string) (*http.Response, error) {
	return s.ask(ctx, method, "manifests/"+identifier, nil, http.Header{"Accept": {manifestTypes}})
}

// blob asks for the bytes from offset on. The range has an end because not every registry takes one
// without.
func (s *session) blob(ctx context.Context, digest v1.Hash, offset, size int64) (*http.Response, error) {
	header := http.Header{}
	if offset > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-%d", offset, size-1))
	}
	return s.ask(ctx, http.MethodGet, "blobs/"+digest.String(), nil, header)
}

// ask gives the answer of a request that succeeded.
func (s *session) ask(ctx context.Context, method, path string, query url.Values, header http.Header) (*http.Response, error) {
	target := url.URL{
		Scheme: s.repository.Scheme(), Host: s.repository.RegistryStr(), Path: "/v2/" + s.repository.RepositoryStr() + "/" + path,
		RawQuery: query.Encode(),
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header = header
	response, err := s.client.Do(request)
	if err != nil {
		return nil, concealed(err)
	}
	if err := transport.CheckError(response, http.StatusOK, http.StatusPartialContent); err != nil {
		response.Body.Close()
		return nil, err
	}
	return response, nil
}

// whole reads an answer to its end; one that breaks off is asked for again.
func (s *session) whole(ctx context.Context, ask func() (*http.Response, error), bound int64) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		response, err := ask()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(io.LimitReader(response.Body, bound+1))
		response.Body.Close()
		if err == nil && int64(len(data)) > bound {
			return nil, refuse("more than %d bytes of %s", bound, response.Request.URL.Path)
		}
		if err == nil {
			return data, nil
		}
		if !temporary(err, attempt) {
			return nil, errors.Join(err, ctx.Err())
		}
		noticeOf(ctx)()
		if err := sleep(ctx, s.timing.backoff(attempt)); err != nil {
			return nil, err
		}
	}
}
