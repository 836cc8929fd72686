package supervisor

import (
	"context"
	"fmt"
	"path/filepath"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	networkv1 "sandboxfile/native/gen/menv/network/v1"
	"sandboxfile/native/internal/authority"
	"sandboxfile/native/internal/cabundle"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/network/secrets"
	"sandboxfile/native/internal/secretstore"
)

// openSecrets gets the values that the sandbox may use, for the gateway, and the authority that its guest
// is to trust. A gateway that was killed has forgotten them, so they are kept for the next one.
func (m *machine) openSecrets(ctx context.Context) error {
	uses := m.spec.GetNetwork().GetSecrets()
	if uses == nil {
		return nil
	}
	folder := uses.GetFolder()
	vault, signer, err := openVault(ctx, uses)
	if err != nil {
		return failure.New(failurev1.Code_CODE_SECRETS, folder, err)
	}
	m.place.vault = vault
	m.place.authority = &agentv1.Authority{Certificate: signer.PEM(), Roots: hostRoots()}
	return nil
}

func openVault(ctx context.Context, uses *networkv1.SecretUses) (*networkv1.Vault, *authority.Authority, error) {
	if n := len(uses.GetUses()); !filepath.IsAbs(uses.GetFolder()) || n == 0 || n > secrets.MaxSecrets {
		return nil, nil, fmt.Errorf("%d secrets in %q", n, uses.GetFolder())
	}
	names := make([]string, len(uses.GetUses()))
	for i, use := range uses.GetUses() {
		names[i] = use.GetName()
	}
	stored, err := secretstore.Read(uses.GetFolder(), names)
	if err != nil {
		return nil, nil, err
	}
	signer, err := authority.Ensure(ctx, uses.GetFolder())
	if err != nil {
		return nil, nil, err
	}
	key, err := signer.Key()
	if err != nil {
		return nil, nil, err
	}
	vault := &networkv1.Vault{Certificate: signer.Certificate.Raw, Key: key}
	for _, use := range uses.GetUses() {
		secret := stored[use.GetName()]
		vault.Secrets = append(vault.Secrets, &networkv1.Secret{
			Name: use.GetName(), Placeholder: secret.Placeholder, Value: secret.Value, Hosts: use.GetHosts(),
		})
	}
	return vault, signer, nil
}

// hostRoots is for guests without any; nil when the host has none either.
func hostRoots() []byte {
	for _, path := range cabundle.Files {
		if data, err := durable.ReadFile(path, cabundle.MaxRoots); err == nil && len(data) > 0 {
			return data
		}
	}
	return nil
}
