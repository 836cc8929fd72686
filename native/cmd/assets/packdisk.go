package main

import (
	"context"
	"os"

	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/durable"
)

// packDisk makes the form of the empty disk that goes into packages.
func packDisk(_ context.Context, job *job) error {
	source, err := os.Open(job.input())
	if err != nil {
		return err
	}
	defer source.Close()
	return durable.WriteFile(job.out, 0o644, func(file *os.File) error { return disk.Pack(file, source) })
}
