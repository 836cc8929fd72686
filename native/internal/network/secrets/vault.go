// Package secrets puts the values of a sandbox's secrets into its requests to the hosts that they are for.
// The sandbox has placeholders, and gets no value back that stands in the head of an answer.
package secrets

import (
	"fmt"
	"slices"
	"strings"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/authority"
)

const (
	// MaxSecrets and MaxHosts bound what one sandbox may have: secrets, and hosts of one.
	MaxSecrets = 64
	MaxHosts   = 64
	// Shorter values would be found by accident, longer ones fit into no header.
	minText, maxText = 8, 8 << 10
	// plainPort is where hosts are asked without TLS.
	plainPort = 80
)

// vault has what a sandbox may use.
type vault struct {
	secrets []*secret
	leaves  *authority.Leaves
}

type secret struct {
	name, placeholder, value string
	hosts                    []host
}

type host struct {
	domain string // "*.example.org": every name below
	port   uint16
}

func read(wire *networkv1.Vault) (*vault, error) {
	if n := len(wire.GetSecrets()); n == 0 || n > MaxSecrets {
		return nil, fmt.Errorf("%d secrets", n)
	}
	signer, err := authority.Decode(wire.GetCertificate(), wire.GetKey())
	if err != nil {
		return nil, fmt.Errorf("the authority of the project: %w", err)
	}
	v := &vault{leaves: authority.NewLeaves(signer)}
	for _, each := range wire.GetSecrets() {
		one := &secret{name: each.GetName(), placeholder: each.GetPlaceholder(), value: each.GetValue()}
		if one.name == "" || !isText(one.placeholder) || !isText(one.value) || len(each.GetHosts()) > MaxHosts {
			return nil, fmt.Errorf("the secret %q cannot be used", one.name)
		}
		for _, to := range each.GetHosts() {
			if to.GetDomain() == "" || to.GetPort() == 0 || to.GetPort() > 1<<16-1 {
				return nil, fmt.Errorf("a host of the secret %q: %q, port %d", one.name, to.GetDomain(), to.GetPort())
			}
			one.hosts = append(one.hosts, host{strings.ToLower(to.GetDomain()), uint16(to.GetPort())})
		}
		v.secrets = append(v.secrets, one)
	}
	return v, nil
}

// isText tells whether it can stand in a header.
func isText(text string) bool {
	return len(text) >= minText && len(text) <= maxText && !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' || r > '~'
	})
}

// concerns tells whether some secret is for one of the names, on this port or if there were TLS.
func (v *vault) concerns(names []string, port uint16) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return slices.ContainsFunc(v.secrets, func(s *secret) bool {
			return slices.ContainsFunc(s.hosts, func(h host) bool {
				return h.names(name) && (port == h.port || port == plainPort)
			})
		})
	})
}

// isFor tells whether some secret may be sent there.
func (v *vault) isFor(name string, port uint16) bool {
	return slices.ContainsFunc(v.secrets, func(s *secret) bool { return s.isFor(name, port) })
}

func (s *secret) isFor(name string, port uint16) bool {
	return slices.ContainsFunc(s.hosts, func(h host) bool { return h.port == port && h.names(name) })
}

func (h host) names(name string) bool {
	if below, ok := strings.CutPrefix(h.domain, "*"); ok {
		return len(name) > len(below) && strings.HasSuffix(name, below)
	}
	return h.domain == name
}
