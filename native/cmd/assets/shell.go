package main

import (
	"context"
	"fmt"
	"os"

	"sandboxfile/native/internal/durable"
)

// muslTriplets name the folders of Debian's programs that are linked with musl, by the guest's architecture.
var muslTriplets = map[string]string{"amd64": "x86_64-linux-musl", "arm64": "aarch64-linux-musl"}

// extractShell makes the program that the agent's disk has for a shell: Debian's mksh that needs no libraries,
// a ninth of busybox.
func extractShell(ctx context.Context, job *job) error {
	triplet, known := muslTriplets[job.arch]
	if !known {
		return fmt.Errorf("shell: unknown architecture %q", job.arch)
	}
	archive, err := fetchDebian(ctx, "mksh", job.arch, job.cache)
	if err != nil {
		return err
	}
	files, err := readDebian(ctx, archive, "./usr/lib/"+triplet+"/bin/mksh")
	if err != nil {
		return err
	}
	return durable.WriteFile(job.out, 0o755, func(file *os.File) error {
		_, err := file.Write(files[0].data)
		return err
	})
}
