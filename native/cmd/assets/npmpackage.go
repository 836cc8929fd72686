package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// npmPackage is a package with a library in it. Such packages are made for one operating system and
// CPU each, and npm refuses to install the other's; so they are pinned here and fetched with
// `npm pack`.
type npmPackage struct {
	Package   string `json:"package"`
	Version   string `json:"version"`
	Integrity string `json:"integrity"` // as in package-lock.json
	Library   string `json:"library"`   // path inside the package
	Release   string `json:"release"`   // of what is in it: Linux, libkrun
}

// library is the library's content, from job.input or fetched.
func (p npmPackage) library(ctx context.Context, job *job) ([]byte, error) {
	archive := job.input()
	if archive == "" {
		var err error
		if archive, err = p.fetch(ctx, job.cache); err != nil {
			return nil, err
		}
	}
	return p.readLibrary(archive)
}

// fetch returns the package's archive in the cache folder.
func (p npmPackage) fetch(ctx context.Context, cache string) (string, error) {
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

func (p npmPackage) readLibrary(archive string) ([]byte, error) {
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
