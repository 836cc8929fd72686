package main

import (
	"context"
	"flag"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/reference"
)

// tagsVerb: `menv image tags REPOSITORY` answers {"tags":[…],"complete":…}: there is an end to what
// is listed.
func tagsVerb(*flag.FlagSet) imageRun {
	return func(ctx context.Context, job *imageJob) error {
		if len(job.args) != 1 {
			return errImageUsage
		}
		wanted, err := reference.Parse(job.args[0], hub())
		if err != nil {
			return failure.New(failurev1.Code_CODE_IMAGE_REFERENCE, job.args[0], err)
		}
		client, err := registries()
		if err != nil {
			return err
		}
		defer client.Close()
		repository, err := client.Repository(wanted)
		if err != nil {
			return err
		}
		tags, complete, err := repository.Tags(ctx)
		if err == nil {
			job.lines.answers(map[string]any{"tags": tags, "complete": complete})
		}
		return err
	}
}
