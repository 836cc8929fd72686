package main

import (
	"context"
	"flag"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sandboxfile/native/internal/imagearchive"
	"sandboxfile/native/internal/imagestore"
	"sandboxfile/native/internal/reference"
)

// saveVerb: `menv image save --output PATH --format FORMAT REFERENCE…` answers {"saved":…}.
func saveVerb(flags *flag.FlagSet) imageRun {
	output := flags.String("output", "", "")
	format := flags.String("format", string(imagearchive.DockerArchive), "")
	return func(ctx context.Context, job *imageJob) error {
		if len(job.args) == 0 || !filepath.IsAbs(*output) || !imagearchive.Format(*format).Known() {
			return errImageUsage
		}
		store, err := job.store()
		if err != nil {
			return err
		}
		// Nothing that is being saved is removed.
		done, err := store.Adding(ctx)
		if err != nil {
			return err
		}
		defer done()
		targets, err := findImages(store, job)
		if err != nil {
			return err
		}
		err = imagearchive.Save(ctx, store.Blobs(), imagearchive.Request{
			Images: savedImages(targets), Path: filepath.Clean(*output), Format: imagearchive.Format(*format),
			Progress: func(done, total int64) { job.lines.progress("saving", done, total) },
		})
		if err == nil {
			job.lines.answer("saved", struct {
				Path string `json:"path"`
			}{*output})
		}
		return err
	}
}

// savedImages has each image once, with the names of registries that were asked for: one that was
// asked for by digest or path goes without.
func savedImages(targets []imagestore.Target) []imagearchive.Image {
	var images []imagearchive.Image
	at := make(map[v1.Hash]int)
	for _, target := range targets {
		i, exists := at[target.Digest]
		if !exists {
			i = len(images)
			at[target.Digest] = i
			images = append(images, imagearchive.Image{Asked: target.Name, Digest: target.Digest})
		}
		if target.Whole || isLocal(target.Name) {
			continue
		}
		if parsed, err := reference.Parse(target.Name, hub()); err == nil {
			images[i].Names = append(images[i].Names, imagearchive.Name{Full: parsed.String(), Tag: parsed.Tag})
		}
	}
	return images
}
