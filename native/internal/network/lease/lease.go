package lease

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"sandboxfile/native/internal/flock"
)

// FolderName is where the numbers' files are.
const FolderName = "addresses"

// Lease is a number that nobody else has until Release, or the end of this process.
type Lease struct {
	Number  uint16
	path    string
	release func()
}

// Take gets the number that the sandbox's name leads to, or the next free one: a sandbox mostly has the
// same addresses each time. folder is the network's.
func Take(folder, sandbox string) (*Lease, error) {
	numbers := filepath.Join(folder, FolderName)
	if err := os.MkdirAll(numbers, 0o700); err != nil {
		return nil, err
	}
	const count = last - first + 1
	hash := fnv.New32a()
	hash.Write([]byte(sandbox))
	start := hash.Sum32() % count
	for try := range uint32(count) {
		number := uint16(first + (start+try)%count)
		path := filepath.Join(numbers, strconv.Itoa(int(number)))
		release, err := flock.TryNamed(path)
		if errors.Is(err, flock.ErrHeld) {
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			return Take(folder, sandbox) // the network's last user took the folder away just now
		}
		if err != nil {
			return nil, err
		}
		return &Lease{Number: number, path: path, release: release}, nil
	}
	return nil, fmt.Errorf("all %d addresses of the network are taken", count)
}

// Release gives the number back.
func (l *Lease) Release() {
	// While the lock is held, so that the file is nobody else's.
	_ = os.Remove(l.path)
	l.release()
	// The last one's folders, unless somebody is there again.
	numbers := filepath.Dir(l.path)
	_ = os.Remove(numbers)
	_ = os.Remove(filepath.Dir(numbers))
}
