package main

import (
	"context"
	"flag"

	"sandboxfile/native/internal/imagestore"
)

// pruneVerb: `menv image prune --keep SIZE` answers {"removed":…}. Without --keep the limit is the
// one that holds after each pull.
func pruneVerb(flags *flag.FlagSet) imageRun {
	keep := flags.String("keep", "", "")
	return func(ctx context.Context, job *imageJob) error {
		if len(job.args) != 0 {
			return errImageUsage
		}
		limit, err := imagestore.SizeLimit()
		if *keep != "" {
			limit, err = imagestore.ParseLimit("--keep", *keep)
		}
		if err != nil {
			return err
		}
		store, err := job.store()
		if err != nil {
			return err
		}
		removal, err := store.Prune(ctx, limit)
		if err == nil {
			job.lines.answer("removed", removal)
		}
		return err
	}
}
