package main

import (
	"context"
	"flag"
	"path/filepath"

	"sandboxfile/native/internal/image"
)

// resolveVerb: `menv image resolve [--pull missing|always|never] REFERENCE` answers {"image":…}.
func resolveVerb(flags *flag.FlagSet) imageRun {
	policy := image.PullMissing
	flags.Func("pull", "", func(text string) error { return policy.Set(text) })
	return func(ctx context.Context, job *imageJob) error { return job.resolve(ctx, policy, "") }
}

// pullVerb: `menv image pull [--layer-path DIR] REFERENCE` asks the registry whether the name means
// the same image still, and answers {"image":…}.
func pullVerb(flags *flag.FlagSet) imageRun {
	folder := flags.String("layer-path", "", "")
	return func(ctx context.Context, job *imageJob) error { return job.resolve(ctx, image.PullAlways, *folder) }
}

func (j *imageJob) resolve(ctx context.Context, policy image.PullPolicy, folder string) error {
	if len(j.args) != 1 || folder != "" && !filepath.IsAbs(folder) {
		return errImageUsage
	}
	store, limit, err := j.growingStore()
	if err != nil {
		return err
	}
	resolver := j.resolver(store, "downloading")
	resolver.Pull, resolver.Folder = policy, folder
	found, err := resolver.Resolve(ctx, j.args[0])
	if err == nil {
		j.lines.answer("image", found)
		trim(ctx, store, limit)
	}
	return err
}
