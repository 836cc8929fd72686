package main

import (
	"context"
	"flag"
	"time"

	"sandboxfile/native/internal/imagestore"
)

type listedImage struct {
	References []string  `json:"references"`
	Digest     string    `json:"digest"`
	Platform   string    `json:"platform"`
	Created    time.Time `json:"created,omitzero"`
	Size       int64     `json:"size"` // of the root file system and the layers that are kept
	LastUsed   time.Time `json:"lastUsed"`
	InUseBy    []string  `json:"inUseBy"`
}

// lsVerb: `menv image ls` answers {"images":[…],"damaged":[…]}, the last used first.
func lsVerb(*flag.FlagSet) imageRun {
	return func(_ context.Context, job *imageJob) error {
		if len(job.args) != 0 {
			return errImageUsage
		}
		store, err := job.store()
		if err != nil {
			return err
		}
		entries, damaged, err := store.List()
		if err != nil {
			return err
		}
		images := make([]listedImage, len(entries))
		for i, entry := range entries {
			images[i] = listedImage{
				References: entry.Names(), Digest: entry.Digest, Platform: entry.Platform, Created: entry.Created,
				Size: entry.Size + store.KeptSize(entry), LastUsed: entry.LastUsed, InUseBy: usersOf(entry),
			}
		}
		job.lines.answers(map[string]any{"images": images, "damaged": append([]imagestore.Damage{}, damaged...)})
		return nil
	}
}

func usersOf(entry imagestore.Entry) []string {
	names := []string{}
	for _, user := range entry.Users {
		names = append(names, user.String())
	}
	return names
}
