package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"

	"sandboxfile/native/internal/durable"
)

//go:embed libkruns.json
var libkrunLock []byte

// buildLibkrun takes the library out of its package as it is. Where there is none for a host, the
// system's is used.
func buildLibkrun(ctx context.Context, job *job) error {
	var locked map[string]npmPackage
	if err := json.Unmarshal(libkrunLock, &locked); err != nil {
		return fmt.Errorf("libkruns.json: %w", err)
	}
	pin, found := locked[job.os+"-"+job.arch]
	if !found {
		return fmt.Errorf("there is no libkrun for %s on %s", job.os, job.arch)
	}
	library, err := pin.library(ctx, job)
	if err != nil {
		return err
	}
	return durable.WriteFile(job.out, 0o644, func(file *os.File) error {
		_, err := file.Write(library)
		return err
	})
}
