package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
	"sandboxfile/native/internal/durable"
	"sandboxfile/native/internal/flock"
)

// Folder is the user's and the file system that it is on, or will be.
type Folder struct {
	Path    string `json:"path"`
	Exists  bool   `json:"exists"`
	Reason  string `json:"reason,omitempty"` // why it cannot be written
	Free    uint64 `json:"free"`             // bytes that this user may use
	Sparse  bool   `json:"sparse"`
	Reflink bool   `json:"reflink"`
	Lock    string `json:"lock,omitempty"` // why files cannot be locked
}

// sparseSize is far above what any file system allocates for one block.
const sparseSize = 64 << 20

func examineFolder(home string) Folder {
	found := Folder{Path: home}
	place := home
	for {
		info, err := os.Stat(place)
		if err == nil && info.IsDir() {
			break
		}
		if err == nil {
			err = &os.PathError{Op: "open", Path: place, Err: unix.ENOTDIR}
		}
		if !errors.Is(err, fs.ErrNotExist) || place == filepath.Dir(place) {
			found.Reason = err.Error()
			return found
		}
		place = filepath.Dir(place)
	}
	found.Exists = place == home
	var space unix.Statfs_t
	if unix.Statfs(place, &space) == nil {
		found.Free = space.Bavail * uint64(space.Bsize) //nolint:unconvert // the fields' types differ between systems
	}
	if err := found.try(place); err != nil {
		found.Reason = err.Error()
	}
	return found
}

// try makes files in a folder of its own, which a kill leaves for a later one.
func (f *Folder) try(place string) error {
	if f.Exists { // Otherwise it is not ours.
		_ = durable.RemoveAbandoned(place)
	}
	folder, err := os.MkdirTemp(place, durable.TempPattern)
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file, err := os.Create(filepath.Join(folder, "file"))
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte{1}, sparseSize); err == nil {
		var stat unix.Stat_t
		const blockSize = 512 // the unit of st_blocks
		f.Sparse = unix.Fstat(int(file.Fd()), &stat) == nil && stat.Blocks*blockSize < sparseSize/2
	}
	f.Reflink = reflinks(file, filepath.Join(folder, "clone"))
	if err := flock.TryExclusive(file); err != nil {
		f.Lock = err.Error()
	}
	return nil
}

func missing(files []string) []string {
	found := []string{}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			found = append(found, file)
		}
	}
	return found
}
