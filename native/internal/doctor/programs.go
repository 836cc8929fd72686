package doctor

import (
	"context"
	"os/exec"
	"regexp"

	"sandboxfile/native/internal/qemu"
)

// Program is one that has to be installed.
type Program struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Reason  string `json:"reason,omitempty"` // why it cannot be used
}

var versionNumber = regexp.MustCompile(`version (\d+(?:\.\d+)+)`)

// findQEMU runs it: a program that is there may lack its libraries.
func findQEMU(ctx context.Context, name string) Program {
	path, err := qemu.Find(name)
	if err != nil {
		return Program{Reason: err.Error()}
	}
	found := Program{Path: path}
	said, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		found.Reason = err.Error()
		return found
	}
	number := versionNumber.FindSubmatch(said)
	if number == nil {
		found.Reason = "it does not tell its version"
		return found
	}
	found.Version = string(number[1])
	return found
}
