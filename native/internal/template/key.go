package template

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/qemu"
)

// format changes when templates of earlier builds can no longer be used.
const format = 1

// Key names the template of a guest. Everything that the guest's memory depends on goes into it: the
// VMM, its command line, the kernel and the agent. The sandbox's own disks do not, but for the size of
// the second: the guest has seen how large it is.
func Key(config qemu.Config, diskBytes int64) (string, error) {
	config.LocalTimers = true // as Make has it
	parts := struct {
		Format int
		Shape  []string
		Files  []Identity
		Disk   int64
	}{Format: format, Shape: qemu.Shape(config), Disk: diskBytes}
	for _, path := range []string{config.Program, config.Kernel, config.AgentDisk} {
		file, err := Identify(path)
		if err != nil {
			return "", err
		}
		parts.Files = append(parts.Files, file)
	}
	data, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16]), nil
}

// Identity changes with a file's content: what is installed or built gets a new inode or a new time.
type Identity struct {
	Device, Inode  uint64
	Size, Modified int64
}

// Identify looks at the file as it is now.
func Identify(path string) (Identity, error) {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return Identity{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	//nolint:unconvert // the fields' types differ between systems
	return Identity{uint64(stat.Dev), uint64(stat.Ino), stat.Size, unix.TimespecToNsec(stat.Mtim)}, nil
}
