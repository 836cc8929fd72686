package main

import (
	"context"
	"flag"

	"sandboxfile/native/internal/image"
)

// resolveVerb: `menv image resolve REFERENCE` answers {"image":…}.
func resolveVerb(*flag.FlagSet) imageRun {
	return func(ctx context.Context, job *imageJob) error {
		if len(job.args) != 1 {
			return errImageUsage
		}
		store, limit, err := job.growingStore()
		if err != nil {
			return err
		}
		progress := func(done, total int64) { job.lines.progress("importing", done, total) }
		resolver := &image.Resolver{Store: store, Platform: job.platform, Builtin: job.builtin, Progress: progress}
		found, err := resolver.Resolve(ctx, job.args[0])
		if err == nil {
			job.lines.answer("image", found)
			trim(ctx, store, limit)
		}
		return err
	}
}
