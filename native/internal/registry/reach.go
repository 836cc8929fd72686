package registry

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Reach asks whether there is a registry at a host. One that wants a login is there.
func (c *Client) Reach(ctx context.Context, hostname string) error {
	at, err := c.host(hostname, false)
	if err != nil {
		return nameFailure(err, hostname, hostname)
	}
	err = at.admit(ctx, authn.Anonymous)
	if answer, ok := errors.AsType[*transport.Error](err); ok {
		if answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden {
			return nil
		}
	}
	return nameFailure(concealed(err), hostname, hostname)
}
