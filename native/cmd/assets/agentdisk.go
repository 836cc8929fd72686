package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/rootfs"
)

// Mount points of the agent, which finds its root read-only.
var agentFolders = []string{"dev", "proc", "sys", "run", "tmp", "mnt"}

// buildAgentDisk packs the agent program given as --input as /init.
func buildAgentDisk(_ context.Context, job *job) error {
	if job.input == "" {
		return errors.New("agent-disk: --input with the agent program is needed")
	}
	agent, err := os.Open(job.input)
	if err != nil {
		return err
	}
	defer agent.Close()
	info, err := agent.Stat()
	if err != nil {
		return err
	}
	return durable.WriteFile(job.out, 0o644, func(file *os.File) error {
		return writeAgentDisk(file, agent, info.Size())
	})
}

func writeAgentDisk(disk, agent *os.File, size int64) error {
	epoch := time.Unix(0, 0) // same input, same bytes
	writer := rootfs.New(disk)
	err := writer.Add(&rootfs.Entry{Path: ".", Type: rootfs.Directory, Mode: 0o755, ModTime: epoch})
	for _, folder := range agentFolders {
		if err == nil {
			err = writer.Add(&rootfs.Entry{Path: folder, Type: rootfs.Directory, Mode: 0o755, ModTime: epoch})
		}
	}
	var contents rootfs.Contents
	if err == nil {
		contents, err = writer.Store(agent, size)
	}
	if err == nil {
		err = writer.Add(&rootfs.Entry{Path: "init", Type: rootfs.Regular, Mode: 0o755, Contents: contents, ModTime: epoch})
	}
	if err := errors.Join(err, writer.Close()); err != nil {
		return fmt.Errorf("agent-disk: %w", err)
	}
	return nil
}
