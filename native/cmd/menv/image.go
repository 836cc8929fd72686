package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/imagestore"
)

// imageVerb is one `menv image VERB`: it names its own flags and returns what to do once they have
// been read. A verb's file is image_<verb>.go.
type imageVerb func(flags *flag.FlagSet) imageRun

// imageRun writes its answer to job.lines. errImageUsage means that the arguments make no sense.
type imageRun func(ctx context.Context, job *imageJob) error

var imageVerbs = map[string]imageVerb{
	"commit":  commitVerb,
	"inspect": inspectVerb,
	"load":    loadVerb,
	"login":   loginVerb,
	"logout":  logoutVerb,
	"ls":      lsVerb,
	"prune":   pruneVerb,
	"pull":    pullVerb,
	"push":    pushVerb,
	"resolve": resolveVerb,
	"rm":      rmVerb,
	"save":    saveVerb,
	"tags":    tagsVerb,
}

// imageJob is what all verbs are given.
type imageJob struct {
	lines    *imageLines
	args     []string
	dir      string // of the store
	platform v1.Platform
	builtin  string // archive of the built-in image
}

func (j *imageJob) store() (*imagestore.Store, error) { return imagestore.Open(j.dir) }

// growingStore comes with its size limit, for trim.
func (j *imageJob) growingStore() (*imagestore.Store, int64, error) {
	limit, err := imagestore.SizeLimit()
	if err != nil {
		return nil, 0, err
	}
	store, err := j.store()
	return store, limit, err
}

// trim keeps a store that has grown within its limit. What has grown it is there: what cannot be
// removed now is left to the next.
func trim(ctx context.Context, store *imagestore.Store, limit int64) { _, _ = store.Trim(ctx, limit) }

var errImageUsage = errors.New("usage: menv image VERB --store DIR --platform OS/ARCH --builtin FILE ARGUMENT…")

// imageMemory is where collecting garbage becomes worth more of the processors' time: an image of a
// million files needs three quarters of it.
const imageMemory = 400 << 20

// imageCommand answers on stdout in JSON lines: progress, then what the verb found out or did, or
// the failure. It exits with 0, 1 for a failure, 2 for wrong usage, 130 when it was told to stop.
func imageCommand(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	debug.SetMemoryLimit(imageMemory)
	ctx, done := untilReaderGone(ctx, os.Stdout)
	defer done()
	lines := newImageLines(os.Stdout)
	err := runImageVerb(ctx, args, lines)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errImageUsage):
		fmt.Fprintln(os.Stderr, err)
		return 2
	case ctx.Err() != nil:
		return 130
	}
	lines.failure(err)
	return 1
}

func runImageVerb(ctx context.Context, args []string, lines *imageLines) error {
	if len(args) == 0 || imageVerbs[args[0]] == nil {
		return errImageUsage
	}
	flags := flag.NewFlagSet("image "+args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	store := flags.String("store", "", "")
	platform := flags.String("platform", "", "")
	builtin := flags.String("builtin", "", "")
	run := imageVerbs[args[0]](flags)
	if flags.Parse(args[1:]) != nil || *store == "" {
		return errImageUsage
	}
	wanted, err := v1.ParsePlatform(*platform)
	if err != nil || wanted.OS == "" || wanted.Architecture == "" {
		return errImageUsage
	}
	return run(ctx, &imageJob{lines: lines, args: flags.Args(), dir: *store, platform: *wanted, builtin: *builtin})
}
