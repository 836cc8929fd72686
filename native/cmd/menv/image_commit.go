package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/image"
	"sandboxfile/native/internal/reference"
)

// commitVerb: `menv image commit --base DIGEST [--message TEXT] REFERENCE` takes a layer, a plain tar
// with its end mark, from stdin and answers {"committed":{"reference","digest"}}.
func commitVerb(flags *flag.FlagSet) imageRun {
	base := flags.String("base", "", "")
	message := flags.String("message", "", "")
	return func(ctx context.Context, job *imageJob) error {
		digest, err := v1.NewHash(*base)
		if err != nil || len(job.args) != 1 {
			return errImageUsage
		}
		name, err := newName(job.args[0])
		if err != nil {
			return failure.New(failurev1.Code_CODE_IMAGE_REFERENCE, job.args[0], err)
		}
		store, limit, err := job.growingStore()
		if err != nil {
			return err
		}
		// A read of an idle pipe ends only with what it reads from.
		stop := context.AfterFunc(ctx, func() { os.Stdin.Close() })
		defer stop()
		committer := &image.Committer{
			Loader: image.Loader{Name: name, Resolver: image.Resolver{
				Store: store, Platform: job.platform, Hub: hub(),
				Progress: func(done, total int64) { job.lines.progress("importing", done, total) },
			}},
			Base: digest, Message: *message, Created: time.Now().UTC().Truncate(time.Second),
			Received: func(done, total int64) { job.lines.progress("committing", done, total) },
		}
		committed, err := committer.Commit(ctx, os.Stdin)
		if err == nil {
			job.lines.answer("committed", committed)
			trim(ctx, store, limit)
		}
		return err
	}
}

// newName is the normal form of a name that an image can be given: a digest is not given.
func newName(text string) (string, error) {
	parsed, err := reference.Parse(text, hub())
	if err != nil {
		return "", err
	}
	if _, pinned, err := parsed.Pinned(); err != nil || pinned {
		return "", errors.Join(err, errors.New("images are committed to tags"))
	}
	return parsed.String(), nil
}
