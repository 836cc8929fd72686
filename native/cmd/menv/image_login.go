package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"sandboxfile/native/internal/credentials"
	"sandboxfile/native/internal/registry"
)

const maxLogin = 64 << 10

// loginVerb: `menv image login [REGISTRY]` reads {"username","password"} from stdin, stores it once
// the registry has accepted it and answers {"login":{"registry"}}.
func loginVerb(*flag.FlagSet) imageRun {
	return func(ctx context.Context, job *imageJob) error {
		hostname, err := job.registryArgument()
		if err != nil {
			return err
		}
		login, err := readLogin(ctx, os.Stdin)
		if err != nil {
			return err
		}
		client, err := registries()
		if err != nil {
			return err
		}
		defer client.Close()
		if err := client.Login(ctx, hostname, login.Username, login.Password); err != nil {
			return err
		}
		err = credentials.New(home()).Save(ctx, hostname, login.Username, login.Password)
		if err == nil {
			job.lines.answer("login", map[string]any{"registry": hostname})
		}
		return err
	}
}

type loginInput struct{ Username, Password string }

// readLogin does not outwait a signal, as a read of stdin would.
func readLogin(ctx context.Context, from io.Reader) (login loginInput, err error) {
	read := make(chan error, 1)
	go func() { read <- json.NewDecoder(io.LimitReader(from, maxLogin)).Decode(&login) }()
	select {
	case err := <-read:
		if err != nil {
			return login, fmt.Errorf("%w: stdin: user name and password in JSON", errImageUsage)
		}
		return login, nil
	case <-ctx.Done():
		return loginInput{}, ctx.Err()
	}
}

// logoutVerb: `menv image logout [REGISTRY]` answers {"logout":{"registry","removed"}}.
func logoutVerb(*flag.FlagSet) imageRun {
	return func(ctx context.Context, job *imageJob) error {
		hostname, err := job.registryArgument()
		if err != nil {
			return err
		}
		removed, err := credentials.New(home()).Remove(ctx, hostname)
		if err == nil {
			job.lines.answer("logout", map[string]any{"registry": hostname, "removed": removed})
		}
		return err
	}
}

// registryArgument is the one that is meant, the default one if none is named.
func (j *imageJob) registryArgument() (string, error) {
	switch len(j.args) {
	case 0:
		return registry.Hostname(hub())
	case 1:
		return registry.Hostname(j.args[0])
	}
	return "", errImageUsage
}
