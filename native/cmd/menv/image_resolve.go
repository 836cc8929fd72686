package main

import (
	"context"
	"flag"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/image"
	"sandboxfile/native/internal/registry"
)

// resolveVerb: `menv image resolve [--pull missing|always|never] REFERENCE` answers {"image":…}.
func resolveVerb(flags *flag.FlagSet) imageRun {
	policy := image.PullMissing
	flags.Func("pull", "", func(text string) error { return policy.Set(text) })
	return func(ctx context.Context, job *imageJob) error { return job.resolve(ctx, policy) }
}

// pullVerb: `menv image pull REFERENCE` asks the registry whether the name means the same image
// still, and answers {"image":…}.
func pullVerb(*flag.FlagSet) imageRun {
	return func(ctx context.Context, job *imageJob) error { return job.resolve(ctx, image.PullAlways) }
}

func (j *imageJob) resolve(ctx context.Context, policy image.PullPolicy) error {
	if len(j.args) != 1 {
		return errImageUsage
	}
	store, limit, err := j.growingStore()
	if err != nil {
		return err
	}
	client, err := j.registries()
	if err != nil {
		return err
	}
	defer client.Close()
	resolver := &image.Resolver{
		Store: store, Platform: j.platform, Builtin: j.builtin, Registry: client, Hub: hub(), Pull: policy,
		Progress: func(done, total int64) { j.lines.progress("importing", done, total) },
		Layers:   downloadLines{j.lines},
	}
	found, err := resolver.Resolve(ctx, j.args[0])
	if err == nil {
		j.lines.answer("image", found)
		trim(ctx, store, limit)
	}
	return err
}

// hub is the default registry; the variable is microsandbox's.
func hub() string { return os.Getenv("OCI_REGISTRY_DOMAIN") }

// downloadLines shows downloads.
type downloadLines struct{ lines *imageLines }

func (d downloadLines) Layer(digest v1.Hash, stage registry.Stage, done, total int64) {
	d.lines.layer(digest.String(), string(stage), done, total)
}

func (d downloadLines) Total(done, total int64) { d.lines.progress("downloading", done, total) }
