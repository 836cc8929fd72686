package main

import (
	"context"
	"flag"
	"os"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/image"
	"sandboxfile/native/internal/reference"
)

// loadVerb: `menv image load [--name REFERENCE] FOLDER|FILE|-` answers {"loaded":[…]}.
func loadVerb(flags *flag.FlagSet) imageRun {
	name := flags.String("name", "", "")
	return func(ctx context.Context, job *imageJob) error {
		if len(job.args) != 1 {
			return errImageUsage
		}
		store, limit, err := job.growingStore()
		if err != nil {
			return err
		}
		loader := &image.Loader{Resolver: image.Resolver{
			Store: store, Platform: job.platform, Hub: hub(),
			Progress: func(done, total int64) { job.lines.progress("importing", done, total) },
		}}
		if *name != "" {
			parsed, err := reference.Parse(*name, hub())
			if err != nil {
				return failure.New(failurev1.Code_CODE_IMAGE_REFERENCE, *name, err)
			}
			loader.Name = parsed.String()
		}
		loaded, err := load(ctx, loader, job.args[0])
		if err == nil {
			job.lines.answer("loaded", loaded)
			trim(ctx, store, limit)
		}
		return err
	}
}

func load(ctx context.Context, loader *image.Loader, path string) ([]image.Loaded, error) {
	if path != "-" {
		return loader.Load(ctx, path)
	}
	// A read of a terminal or an idle pipe ends only with what it reads from.
	stop := context.AfterFunc(ctx, func() { os.Stdin.Close() })
	defer stop()
	return loader.LoadStream(ctx, "standard input", os.Stdin)
}
