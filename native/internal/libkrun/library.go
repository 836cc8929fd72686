// Package libkrun knows the library of that name without loading it: where it is, whether it can be
// used, and what a VM under it is made of. Loading is left to a process of its own, which may die of it.
package libkrun

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Library is a file that can be loaded.
type Library struct {
	Path    string
	Version string // as its name has it; empty when the name has none
}

// Find gives the library: the file of that name if one is given, else the one that came with this
// installation, in folder, else the system's.
func Find(file, folder string) (*Library, error) {
	if file != "" {
		return Inspect(file)
	}
	for _, place := range append([]string{folder}, systemFolders()...) {
		found, err := filepath.Glob(filepath.Join(place, pattern()))
		if place == "" || err != nil || len(found) == 0 {
			continue
		}
		return Inspect(slices.MaxFunc(found, byVersion))
	}
	return nil, &Error{Kind: Missing, Subject: strings.TrimSuffix(pattern(), "*")}
}

// Inspect reads the file's tables: what is no library, one for other processors, cut short or older
// than what we call is refused before anything of it is executed.
func Inspect(path string) (*Library, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Kind: Missing, Subject: path, Cause: err}
	}
	if err != nil {
		return nil, &Error{Kind: Unusable, Subject: path, Cause: err}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, &Error{Kind: Unusable, Subject: path, Cause: err}
	}
	read := readELF
	if runtime.GOOS == "darwin" {
		read = readMachO
	}
	symbols, err := read(file, info.Size(), runtime.GOARCH)
	if err == nil {
		err = checkSymbols(symbols)
	}
	if err != nil {
		return nil, about(path, err)
	}
	return &Library{Path: path, Version: versionOf(path)}, nil
}

// checkSymbols tells a library that is none of ours from one that is too old.
func checkSymbols(symbols map[string]bool) error {
	if !symbols["krun_create_ctx"] {
		return &Error{Kind: Unusable, Cause: errors.New("it is not libkrun")}
	}
	var lacking []string
	for _, name := range Calls {
		if !symbols[name] {
			lacking = append(lacking, name)
		}
	}
	if len(lacking) > 0 {
		return &Error{Kind: Old, Cause: fmt.Errorf("it lacks %s", strings.Join(lacking, ", "))}
	}
	return nil
}

// byVersion knows that 1.17 comes after 1.9.
func byVersion(one, other string) int {
	return slices.Compare(numbers(versionOf(one)), numbers(versionOf(other)))
}

func numbers(version string) []int {
	var all []int
	for part := range strings.SplitSeq(version, ".") {
		number, _ := strconv.Atoi(part) // none in a name without a version, which is the oldest
		all = append(all, number)
	}
	return all
}

var versionInName = regexp.MustCompile(`(\d+\.\d+\.\d+)`)

func versionOf(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return versionInName.FindString(filepath.Base(path))
}

// pattern names version 1 of the interface; the next has other calls.
func pattern() string {
	if runtime.GOOS == "darwin" {
		return "libkrun.1*.dylib"
	}
	return "libkrun.so.1*"
}

func systemFolders() []string {
	if runtime.GOOS == "darwin" {
		return []string{"/opt/homebrew/lib", "/usr/local/lib"}
	}
	triplet := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[runtime.GOARCH]
	return []string{
		"/usr/local/lib64", "/usr/local/lib", "/usr/lib64", filepath.Join("/usr/lib", triplet), "/usr/lib",
	}
}
