package main

import (
	"context"
	"flag"
)

// rmVerb: `menv image rm REFERENCE|DIGEST…` answers {"removed":…}.
func rmVerb(*flag.FlagSet) imageRun {
	return func(ctx context.Context, job *imageJob) error {
		if len(job.args) == 0 {
			return errImageUsage
		}
		store, err := job.store()
		if err != nil {
			return err
		}
		targets, err := findImages(store, job)
		if err != nil {
			return err
		}
		removal, err := store.Remove(ctx, targets)
		if err == nil {
			job.lines.answer("removed", removal)
		}
		return err
	}
}
