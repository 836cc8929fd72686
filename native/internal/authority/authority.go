// Package authority is a project's own certificate authority. The project's sandboxes trust it, and nobody
// else does.
package authority

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/flock"
)

const (
	// FileName holds certificate and key.
	FileName = "authority.pem"
	lockName = "authority.lock"
	maxBytes = 64 << 10

	lifetime = 10 * 365 * 24 * time.Hour
	// renewal is how long before its end it is replaced: a sandbox keeps the one that it began with.
	renewal = 60 * 24 * time.Hour
	// skew is how far the clocks of those who look at a certificate may be behind.
	skew = 24 * time.Hour
)

// Authority signs for one project.
type Authority struct {
	Certificate *x509.Certificate
	key         crypto.Signer
}

// Ensure reads the authority in the folder, and makes both when they are not there.
func Ensure(ctx context.Context, folder string) (*Authority, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	unlock, err := flock.Named(ctx, filepath.Join(folder, lockName))
	if err != nil {
		return nil, err
	}
	defer unlock()
	path := filepath.Join(folder, FileName)
	found, err := read(path)
	switch {
	case err == nil && time.Until(found.Certificate.NotAfter) > renewal:
		return found, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	// There may be a key in what a killed maker has left.
	if err := durable.RemoveLeftovers(folder); err != nil {
		return nil, err
	}
	made, err := create()
	if err != nil {
		return nil, err
	}
	return made, made.write(path)
}

// Decode is the inverse of Certificate.Raw and Key.
func Decode(certificate, key []byte) (*Authority, error) {
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, err
	}
	private, err := x509.ParsePKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	signer, ok := private.(*ecdsa.PrivateKey)
	if !ok || !signer.PublicKey.Equal(parsed.PublicKey) {
		return nil, errors.New("the authority's key is not that of its certificate")
	}
	return &Authority{Certificate: parsed, key: signer}, nil
}

// Key is the private key, as PKCS #8.
func (a *Authority) Key() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(a.key) }

// PEM is the certificate, as bundles have it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: a.Certificate.Raw})
}

const (
	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
)

func read(path string) (*Authority, error) {
	data, err := durable.ReadFile(path, maxBytes)
	if err != nil {
		return nil, err
	}
	var certificate, key []byte
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case certificateBlock:
			certificate = block.Bytes
		case keyBlock:
			key = block.Bytes
		}
	}
	return Decode(certificate, key)
}

func (a *Authority) write(path string) error {
	key, err := a.Key()
	if err != nil {
		return err
	}
	return durable.WriteFile(path, 0o600, func(file *os.File) error {
		_, err := file.Write(append(a.PEM(), pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: key})...))
		return err
	})
}

func create() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	number, err := serial()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: "Sandboxfile: authority of one project"},
		NotBefore: now.Add(-skew), NotAfter: now.Add(lifetime),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	return &Authority{Certificate: certificate, key: key}, err
}

func serial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}
