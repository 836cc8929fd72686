package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"

	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/kernel"
)

//go:embed kernels.json
var kernelLock []byte

func buildKernel(ctx context.Context, job *job) error {
	var locked map[string]npmPackage
	if err := json.Unmarshal(kernelLock, &locked); err != nil {
		return fmt.Errorf("kernels.json: %w", err)
	}
	pin := locked[job.arch]
	archive := job.input()
	if archive == "" {
		var err error
		if archive, err = pin.fetch(ctx, job.cache); err != nil {
			return err
		}
	}
	library, err := pin.readLibrary(archive)
	if err != nil {
		return err
	}
	bundle, err := kernel.ReadBundle(bytes.NewReader(library))
	if err != nil {
		return err
	}
	return durable.WriteFile(job.out, 0o644, func(file *os.File) error {
		buffered := bufio.NewWriterSize(file, 1<<20)
		if err := bundle.WriteBootable(buffered); err != nil {
			return err
		}
		return buffered.Flush()
	})
}
