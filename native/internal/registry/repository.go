package registry

import (
	"context"
	"sync"

	"sandboxfile/native/internal/reference"
)

// Repository is where the images of one reference come from: the registry that it names, and
// before that one its mirrors.
type Repository struct {
	client *Client
	wanted reference.Reference
	hosts  []*host // mirrors first, the registry itself last

	mutex    sync.Mutex
	sessions []*session
	first    int // the host that had the manifest
}

// Repository opens nothing yet.
func (c *Client) Repository(wanted reference.Reference) (*Repository, error) {
	found := &Repository{client: c, wanted: wanted}
	for _, mirror := range c.settings.Registries[wanted.Domain].Mirrors {
		hostname, plain, err := splitMirror(mirror)
		if err != nil {
			return nil, found.name(err)
		}
		if err := found.add(hostname, plain); err != nil {
			return nil, err
		}
	}
	if err := found.add(wanted.Domain, false); err != nil {
		return nil, err
	}
	found.sessions = make([]*session, len(found.hosts))
	return found, nil
}

func (r *Repository) add(hostname string, plain bool) error {
	at, err := r.client.host(hostname, plain)
	if err != nil {
		return r.name(err)
	}
	r.hosts = append(r.hosts, at)
	return nil
}

// session opens the i-th host once.
func (r *Repository) session(ctx context.Context, i int) (*session, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.sessions[i] != nil {
		return r.sessions[i], nil
	}
	opened, err := r.client.open(ctx, r.hosts[i], r.wanted)
	if err == nil {
		r.sessions[i] = opened
	}
	return opened, err
}

// each asks one host after the other, the one that had the manifest first, until one has the
// answer. The registry's own failure is the one that counts.
func (r *Repository) each(ctx context.Context, ask func(*session) error) error {
	r.mutex.Lock()
	first := r.first
	r.mutex.Unlock()
	var own error
	for turn := range r.hosts {
		i := (first + turn) % len(r.hosts)
		opened, err := r.session(ctx, i)
		if err == nil {
			err = ask(opened)
		}
		if err == nil {
			r.mutex.Lock()
			r.first = i
			r.mutex.Unlock()
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if i == len(r.hosts)-1 {
			own = err
		}
		if local(err) {
			return err
		}
	}
	return own
}
