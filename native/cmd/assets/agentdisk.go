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

var epoch = time.Unix(0, 0) // same input, same bytes

// Mount points of the agent, which finds its root read-only.
var agentFolders = []string{"dev", "proc", "sys", "run", "tmp", "mnt", "bin"}

// buildAgentDisk packs the programs given as --input: the agent as /init, then the relay as /relay and a
// shell. The shell is for guests that rehearse a sandbox's life: they take this disk for the image's. Guests of
// the bench do without the last two.
func buildAgentDisk(_ context.Context, job *job) error {
	if len(job.inputs) == 0 || len(job.inputs) > len(agentPrograms) {
		return errors.New("agent-disk: --input with the agent program, then with the relay and with a shell, is needed")
	}
	return durable.WriteFile(job.out, 0o644, func(disk *os.File) error {
		if err := writeAgentDisk(disk, job.inputs); err != nil {
			return fmt.Errorf("agent-disk: %w", err)
		}
		return nil
	})
}

var agentPrograms = []string{"init", "relay", "bin/sh"}

func writeAgentDisk(disk *os.File, programs []string) error {
	writer := rootfs.New(disk)
	err := writer.Add(&rootfs.Entry{Path: ".", Type: rootfs.Directory, Mode: 0o755, ModTime: epoch})
	for _, folder := range agentFolders {
		if err == nil {
			err = writer.Add(&rootfs.Entry{Path: folder, Type: rootfs.Directory, Mode: 0o755, ModTime: epoch})
		}
	}
	for i, program := range programs {
		if err == nil {
			err = addProgram(writer, agentPrograms[i], program)
		}
	}
	return errors.Join(err, writer.Close())
}

func addProgram(writer rootfs.Writer, name, path string) error {
	program, err := os.Open(path)
	if err != nil {
		return err
	}
	defer program.Close()
	info, err := program.Stat()
	if err != nil {
		return err
	}
	contents, err := writer.Store(program, info.Size())
	if err != nil {
		return err
	}
	return writer.Add(&rootfs.Entry{Path: name, Type: rootfs.Regular, Mode: 0o755, Contents: contents, ModTime: epoch})
}
