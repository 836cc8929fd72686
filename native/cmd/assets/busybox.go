package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"sandboxfile/native/internal/durable"
)

// buildBusybox makes the built-in image from Debian's busybox-static for the guest's architecture.
func buildBusybox(ctx context.Context, job *job) error {
	archive := job.input()
	if archive == "" {
		var err error
		if archive, err = fetchDebian(ctx, "busybox-static", job.arch, job.cache); err != nil {
			return err
		}
	}
	files, err := readDebian(ctx, archive, "./bin/busybox", "./usr/share/doc/busybox-static/copyright")
	if err != nil {
		return err
	}
	root, err := busyboxRoot(files[0], files[1])
	if err != nil {
		return err
	}
	return durable.WriteFile(job.out, 0o644, func(file *os.File) error {
		return writeLayout(file, job.arch, root, files[0].modified)
	})
}

// fetchDebian returns a package file in the cache folder. apt works on a state of its own, so
// foreign architectures need no change to the system and no root.
func fetchDebian(ctx context.Context, name, arch, cache string) (string, error) {
	return fetched(cache, name+"_*_"+arch+".deb", func(state string) error {
		return aptDownload(ctx, state, name, arch)
	})
}

func aptDownload(ctx context.Context, state, name, arch string) error {
	for _, folder := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(state, folder), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(state, "status"), nil, 0o644); err != nil {
		return err
	}
	options := []string{
		"-qq", "-o", "APT::Architecture=" + arch, "-o", "APT::Architectures=" + arch,
		"-o", "Dir::State=" + state, "-o", "Dir::State::lists=" + filepath.Join(state, "lists"),
		"-o", "Dir::State::status=" + filepath.Join(state, "status"),
		"-o", "Dir::Cache=" + filepath.Join(state, "cache"),
		"-o", "Acquire::Languages=none", "-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=1",
	}
	for _, step := range [][]string{{"update"}, {"download", name}} {
		command := exec.CommandContext(ctx, "apt-get", append(options[:len(options):len(options)], step...)...)
		command.Dir = state
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %v for %s: %w: %s", step, arch, err, output)
		}
	}
	return nil
}

type debianFile struct {
	data     []byte
	modified time.Time
}

func readDebian(ctx context.Context, archive string, names ...string) ([]debianFile, error) {
	command := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", archive)
	content, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("dpkg-deb %s: %w", archive, err)
	}
	files := make([]debianFile, len(names))
	for entries := tar.NewReader(bytes.NewReader(content)); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", archive, err)
		}
		for i, name := range names {
			if header.Name != name {
				continue
			}
			if files[i].data, err = io.ReadAll(entries); err != nil {
				return nil, fmt.Errorf("%s: %w", archive, err)
			}
			files[i].modified = header.ModTime
		}
	}
	for i, file := range files {
		if file.data == nil {
			return nil, fmt.Errorf("%s: no %s", archive, names[i])
		}
	}
	return files, nil
}
