package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"sync"
	"time"
)

const (
	// maxLeaves bounds the certificates that are remembered; all are forgotten when there are more.
	maxLeaves    = 256
	leafLifetime = 30 * 24 * time.Hour
	leafRenewal  = leafLifetime / 2
)

// Leaves are certificates of hosts, made when they are asked for. Its methods may be called at once.
type Leaves struct {
	authority *Authority

	mu   sync.Mutex
	key  *ecdsa.PrivateKey // of all leaves
	made map[string]*tls.Certificate
}

// NewLeaves makes certificates that the authority signs.
func NewLeaves(authority *Authority) *Leaves {
	return &Leaves{authority: authority, made: make(map[string]*tls.Certificate)}
}

// For is the certificate of a host.
func (l *Leaves) For(name string) (*tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if found, ok := l.made[name]; ok && time.Until(found.Leaf.NotAfter) > leafRenewal {
		return found, nil
	}
	if l.key == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		l.key = key
	}
	made, err := l.sign(name)
	if err != nil {
		return nil, err
	}
	if len(l.made) >= maxLeaves {
		clear(l.made)
	}
	l.made[name] = made
	return made, nil
}

func (l *Leaves) sign(name string) (*tls.Certificate, error) {
	number, err := serial()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: number, DNSNames: []string{name}, Subject: pkix.Name{Organization: []string{"Sandboxfile"}},
		NotBefore: now.Add(-skew), NotAfter: now.Add(leafLifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, l.authority.Certificate, l.key.Public(), l.authority.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(raw)
	return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: l.key, Leaf: leaf}, err
}
