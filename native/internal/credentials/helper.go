package credentials

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/docker-credential-helpers/client"
	helpers "github.com/docker/docker-credential-helpers/credentials"
	"github.com/google/go-containerregistry/pkg/authn"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
)

// A helper may ask its user something, but not for ever.
const helperDeadline = time.Minute

// helperOf names the program that has the credentials of a key, if one has.
func helperOf(file *configfile.ConfigFile, key string) string {
	if helper := file.CredentialHelpers[key]; helper != "" {
		return helper
	}
	if strings.Contains(key, "/") && key != hubKey {
		return "" // helpers know registries only
	}
	return file.CredentialsStore
}

// ask is nil when the helper has nothing for the key, or is not on this machine: configurations get
// copied to where their helpers are not, and public images need none.
func ask(ctx context.Context, helper, key string) (*authn.AuthConfig, error) {
	ctx, cancel := context.WithTimeout(ctx, helperDeadline)
	defer cancel()
	name := "docker-credential-" + helper
	if strings.ContainsAny(helper, `/\`) {
		return nil, failure.New(failurev1.Code_CODE_CREDENTIALS, name, errors.New("not the name of a program"))
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, nil
	}
	found, err := client.Get(func(args ...string) client.Program { return newProgram(ctx, path, args) }, key)
	if helpers.IsErrCredentialsNotFound(err) || helpers.IsCredentialsMissingServerURL(err) || helpers.IsCredentialsMissingUsername(err) {
		return nil, nil
	}
	if err != nil {
		return nil, failure.New(failurev1.Code_CODE_CREDENTIALS, name, errors.Join(ctx.Err(), err))
	}
	if found.Username == "<token>" {
		return &authn.AuthConfig{IdentityToken: found.Secret}, nil
	}
	if found.Username == "" && found.Secret == "" {
		return nil, nil
	}
	return &authn.AuthConfig{Username: found.Username, Password: found.Secret}, nil
}

// program ends with its context.
type program struct{ command *exec.Cmd }

func newProgram(ctx context.Context, path string, args []string) *program {
	command := exec.CommandContext(ctx, path, args...)
	command.WaitDelay = time.Second // for what it has started itself
	return &program{command: command}
}

func (p *program) Output() ([]byte, error) { return p.command.Output() }
func (p *program) Input(in io.Reader)      { p.command.Stdin = in }
