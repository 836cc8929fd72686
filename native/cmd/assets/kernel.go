package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/kernel"
)

// The packages are made for one operating system and CPU each, and npm refuses to install the
// other's; so they are pinned here and fetched with `npm pack`.
//
//go:embed kernels.json
var kernelLock []byte

type kernelPackage struct {
	Package   string `json:"package"`
	Version   string `json:"version"`
	Integrity string `json:"integrity"` // as in package-lock.json
	Library   string `json:"library"`   // path inside the package
	Release   string `json:"release"`   // what the guest's uname -r says
}

func buildKernel(ctx context.Context, job *job) error {
	var locked map[string]kernelPackage
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

// fetch returns the package's archive in the cache folder.
func (p kernelPackage) fetch(ctx context.Context, cache string) (string, error) {
	name := strings.NewReplacer("@", "", "/", "-").Replace(p.Package) + "-" + p.Version + ".tgz"
	return fetched(cache, name, func(folder string) error {
		command := exec.CommandContext(ctx, "npm", "pack", "--silent", "--pack-destination", folder, p.Package+"@"+p.Version)
		command.Stderr = os.Stderr
		if err := command.Run(); err != nil {
			return fmt.Errorf("npm pack %s@%s: %w", p.Package, p.Version, err)
		}
		return nil
	})
}

func (p kernelPackage) readLibrary(archive string) ([]byte, error) {
	packed, err := os.ReadFile(archive)
	if err != nil {
		return nil, err
	}
	sum := sha512.Sum512(packed)
	if integrity := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); integrity != p.Integrity {
		return nil, fmt.Errorf("%s: integrity is %s, expected %s", archive, integrity, p.Integrity)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", archive, err)
	}
	for entries := tar.NewReader(unzipped); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: no %s", archive, p.Library)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", archive, err)
		}
		if header.Name == p.Library {
			return io.ReadAll(entries)
		}
	}
}
