// Package registry speaks to container registries. They are not trusted: where they send their
// client, how much, how fast and what they answer is bounded and checked.
package registry

import (
	"context"
	"crypto/tls"
	"net/http"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"sandboxfile/native/internal/reference"
)

// Client is for any number of registries; connections and tokens are used again.
type Client struct {
	settings *Settings
	keys     authn.Keychain
	timing   Timing

	mutex sync.Mutex
	hosts map[string]*host
}

// New makes a client that logs in with what keys has.
func New(settings *Settings, keys authn.Keychain, timing Timing) *Client {
	return &Client{settings: settings, keys: keys, timing: timing, hosts: make(map[string]*host)}
}

// host is one registry or mirror.
type host struct {
	registry  name.Registry
	transport http.RoundTripper
	forget    func() // closes idle connections
}

// host returns the one of that name, spoken to in plain http if plain or if settings say so.
func (c *Client) host(hostname string, plain bool) (*host, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if known := c.hosts[hostname]; known != nil {
		return known, nil
	}
	var options []name.Option
	if plain || c.settings.plain(hostname) {
		options = append(options, name.Insecure)
	}
	registry, err := name.NewRegistry(hostname, options...)
	if err != nil {
		return nil, err
	}
	authorities, err := c.settings.authorities(hostname)
	if err != nil {
		return nil, err
	}
	guard := &guard{
		origin: originOf(registry.RegistryStr()), deadline: c.timing.Connect,
		plain: func(other string) bool { return plain && other == hostname || c.settings.plain(other) },
	}
	guard.inner = &http.Transport{
		Proxy: guard.proxy, DialContext: guard.dial,
		TLSClientConfig:     &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: c.timing.Connect, MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost: maxDownloads, DisableCompression: true, ForceAttemptHTTP2: true,
	}
	patient := &patient{timing: c.timing, inner: guard}
	found := &host{
		registry:  registry,
		transport: transport.NewUserAgent(&persistent{timing: c.timing, inner: patient}, "menv"),
		forget:    guard.inner.CloseIdleConnections,
	}
	c.hosts[hostname] = found
	return found, nil
}

// Close closes connections that are not in use.
func (c *Client) Close() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, known := range c.hosts {
		known.forget()
	}
}

// session is a login at one host for one repository.
type session struct {
	host       *host
	repository name.Repository
	transport  http.RoundTripper
	client     *http.Client
	timing     Timing
}

// open does what the registry wants before it is asked anything: ping, token.
func (c *Client) open(ctx context.Context, at *host, wanted reference.Reference, scopes ...string) (*session, error) {
	repository := wanted.In(at.registry)
	keys, err := authn.Resolve(ctx, c.keys, repository)
	if err != nil {
		return nil, err
	}
	if len(scopes) == 0 {
		scopes = []string{repository.Scope(transport.PullScope)}
	}
	authorized, err := transport.NewWithContext(ctx, at.registry, keys, at.transport, scopes)
	if err != nil {
		return nil, concealed(err)
	}
	return &session{host: at, repository: repository, transport: authorized, client: &http.Client{Transport: authorized}, timing: c.timing}, nil
}
