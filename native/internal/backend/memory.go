package backend

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"

	failurev1 "sandboxfile/native/gen/menv/failure/v1"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/failure"
	"sandboxfile/native/internal/libkrun"
)

const (
	memoryName = "verdict.json"
	maxMemory  = 64 << 10
)

// memory is the last verdict.
type memory struct {
	Key    string         `json:"key"`
	Works  bool           `json:"works"`
	Code   failurev1.Code `json:"code,omitempty"`
	About  string         `json:"about,omitempty"`
	Reason string         `json:"reason,omitempty"`
}

// remembered gives the verdict of this key. A file that cannot be read is no memory.
func (h Hardware) remembered(key string) (verdict error, known bool) {
	data, err := durable.ReadFile(filepath.Join(h.own(), memoryName), maxMemory)
	var last memory
	if err != nil || json.Unmarshal(data, &last) != nil || last.Key != key {
		return nil, false
	}
	if last.Works {
		return nil, true
	}
	return failure.New(last.Code, last.About, saying(last.Reason)), true
}

func (h Hardware) remember(key string, verdict error) error {
	last := memory{Key: key, Works: verdict == nil}
	if verdict != nil {
		named := failure.Of(verdict, failurev1.Code_CODE_HYPERVISOR)
		last.Code, last.About, last.Reason = named.GetCode(), named.GetSubject(), named.GetCause()
	}
	data, err := json.Marshal(last)
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(h.own(), memoryName), 0o600, func(file *os.File) error {
		_, err := file.Write(append(data, '\n'))
		return err
	})
}

// host is what of this computer decides.
type host struct {
	kernel    string // its release
	processor string // its model
}

func thisHost() host { return host{kernel: hostKernel(), processor: processor()} }

// key is everything that a verdict depends on: the host's kernel and processor, what this user may
// do, the library, and what is booted.
func (h Hardware) key(on host, library *libkrun.Library, missing, access error) string {
	parts := []any{on.kernel, on.processor, text(missing), text(access), identity(h.Kernel), identity(h.Helper())}
	if library != nil {
		parts = append(parts, library.Path, library.Version, identity(library.Path))
	}
	data, err := json.Marshal(parts)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// identity changes when a file is replaced.
func identity(path string) [2]int64 {
	info, err := os.Stat(path)
	if err != nil {
		return [2]int64{-1, -1}
	}
	return [2]int64{info.Size(), info.ModTime().UnixNano()}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

type saying string

func (s saying) Error() string { return string(s) }
