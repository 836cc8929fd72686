package registry

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// Hostname reads what users write for a registry: a host, or its URL.
func Hostname(text string) (string, error) {
	hostname := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://"), "/")
	hostname = strings.TrimSuffix(hostname, "/v1") // as docker's configuration has it
	if hostname == "index.docker.io" {
		hostname = "docker.io"
	}
	if hostname == "" || hostname[0] == '.' || strings.ContainsAny(hostname, "/@?# \t\n") {
		return "", failure.New(failurev1.Code_CODE_IMAGE_REFERENCE, text, errors.New("not the name of a registry"))
	}
	return hostname, nil
}

// Login checks a user's name and password with the registry.
func (c *Client) Login(ctx context.Context, hostname, username, password string) error {
	rejected := func(cause error) error {
		return failure.New(failurev1.Code_CODE_LOGIN_REJECTED, hostname, cause)
	}
	if username == "" || password == "" || strings.Contains(username, ":") {
		return rejected(errors.New("a user name without colons and a password are needed"))
	}
	at, err := c.host(hostname, false)
	if err != nil {
		return nameFailure(err, hostname, hostname)
	}
	err = at.admit(ctx, authn.FromConfig(authn.AuthConfig{Username: username, Password: password}))
	if answer, ok := errors.AsType[*transport.Error](err); ok {
		if answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden {
			return rejected(err)
		}
	}
	return nameFailure(concealed(err), hostname, hostname)
}

// admit asks for the one thing that every login may have.
func (h *host) admit(ctx context.Context, keys authn.Authenticator) error {
	authorized, err := transport.NewWithContext(ctx, h.registry, keys, h.transport, nil)
	if err != nil {
		return err
	}
	target := h.registry.Scheme() + "://" + h.registry.RegistryStr() + "/v2/"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: authorized}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return transport.CheckError(response, http.StatusOK)
}
