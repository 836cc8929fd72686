package qemu

import (
	"os"
	"path/filepath"

	"sandboxfile/native/internal/jail"
)

// memoryOverhead is what QEMU takes besides the guest's memory: most of it for translated code, of which it
// keeps up to a GiB.
const memoryOverhead = 1536 << 20

// profile is what QEMU needs: its own files, and what it inherits.
func profile(config Config, inherited *descriptors) jail.Profile {
	return jail.Profile{
		Read:        []string{"/usr/share", filepath.Join(filepath.Dir(config.Program), "../share")},
		Reopened:    inherited.reopened,
		MemoryBytes: uint64(config.MemoryMiB)<<20 + memoryOverhead,
		OwnUser:     config.RAM == nil || openToAll(config.RAM.File),
	}
}

// openToAll tells whether any user who is given the file can open it anew, which QEMU does to write.
func openToAll(file *os.File) bool {
	const readWrite = 0o006
	info, err := file.Stat()
	return err == nil && info.Mode().Perm()&readWrite == readWrite
}
