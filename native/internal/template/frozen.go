package template

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Names of the files of a guest that stands still.
const (
	RAMName   = "ram"
	StateName = "state"
)

// RAMMode lets every user open the memory: the VMM, which is a user of its own, opens it anew. The folder that it
// is in is closed to all but its owner.
const RAMMode = 0o666

// MaxState bounds the devices' state, which takes some 60 KiB.
const MaxState = 16 << 20

// Frozen describes the files of a guest that stands still, to find out later whether they are still
// the same. The memory is too large to be read at each start: its size and the time of its last change
// are compared.
type Frozen struct {
	RAM struct {
		Size     int64 `json:"size"`
		Modified int64 `json:"modified"` // Unix nanoseconds
	} `json:"ram"`
	State struct {
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
	} `json:"state"`
}

// Describe describes the files in folder, which do not change any more.
func Describe(folder string) (Frozen, error) {
	var found Frozen
	info, err := os.Stat(filepath.Join(folder, RAMName))
	if err != nil {
		return found, err
	}
	found.RAM.Size, found.RAM.Modified = info.Size(), info.ModTime().UnixNano()
	file, err := os.Open(filepath.Join(folder, StateName))
	if err != nil {
		return found, err
	}
	defer file.Close()
	state, err := io.ReadAll(io.LimitReader(file, MaxState))
	found.State.Size, found.State.SHA256 = int64(len(state)), sum(state)
	return found, err
}

// Open opens the files in folder if they are as described.
func (f *Frozen) Open(folder string) (*Template, error) {
	t := &Template{}
	var err error
	if t.ram, err = os.OpenFile(filepath.Join(folder, RAMName), os.O_RDWR, 0); err != nil {
		return nil, err
	}
	if t.state, err = os.Open(filepath.Join(folder, StateName)); err != nil {
		return nil, errors.Join(err, t.ram.Close())
	}
	if err := errors.Join(t.checkRAM(f), t.checkState(f)); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Template) checkRAM(expected *Frozen) error {
	info, err := t.ram.Stat()
	if err != nil {
		return err
	}
	if info.Size() != expected.RAM.Size || info.ModTime().UnixNano() != expected.RAM.Modified {
		return errors.New("its memory has been changed")
	}
	return nil
}

func (t *Template) checkState(expected *Frozen) error {
	data, err := io.ReadAll(io.LimitReader(t.state, MaxState))
	if err != nil {
		return err
	}
	if int64(len(data)) != expected.State.Size || sum(data) != expected.State.SHA256 {
		return errors.New("its state has been changed")
	}
	_, err = t.state.Seek(0, io.SeekStart)
	return err
}
