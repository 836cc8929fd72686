package main

import (
	"context"
	"flag"
)

// pushVerb: `menv image push REFERENCE [DESTINATION]` answers {"pushed":…}.
func pushVerb(*flag.FlagSet) imageRun {
	return func(ctx context.Context, job *imageJob) error {
		if len(job.args) != 1 && len(job.args) != 2 {
			return errImageUsage
		}
		source, destination := job.args[0], job.args[len(job.args)-1]
		store, err := job.store()
		if err != nil {
			return err
		}
		resolver := job.resolver(store, "pushing")
		pushed, err := resolver.Push(ctx, source, destination)
		if err == nil {
			job.lines.answer("pushed", map[string]string{"reference": pushed.Name, "digest": pushed.Digest.String()})
		}
		return err
	}
}
