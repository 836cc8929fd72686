package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sandboxfile/native/internal/qemu"
	"sandboxfile/native/internal/template"
)

// ErrOther: the snapshot's memory needs another machine than this.
var ErrOther = errors.New("it was made with another")

// Machine is what a guest's memory fits: it would not survive any of it being another.
type Machine struct {
	// Shape is of the VMM's command line.
	Shape    string `json:"shape"`
	ClockKHz uint64 `json:"clockKHz"`
	DiskSize int64  `json:"diskSize"`
	Parts    []part `json:"parts"`
	// Image is the folder of the root file system in the store of images: its digest.
	Image string `json:"image"`
}

// part is a file that the memory depends on. As long as it is the file that was looked at, it is not
// read. Without a sum it has to be that file.
type part struct {
	Name   string            `json:"name"`
	File   template.Identity `json:"file"`
	SHA256 string            `json:"sha256,omitempty"`
	path   string
	// settled: it came with its sum.
	settled bool
}

// rootPart is large, and told by Image: it is summed up for other hosts only.
const rootPart = "root file system"

// MachineOf describes the machine that config makes, for a disk of this size. It reads no file.
func MachineOf(config qemu.Config, diskBytes int64) (*Machine, error) {
	shape, err := json.Marshal(qemu.Shape(config))
	if err != nil {
		return nil, err
	}
	m := &Machine{
		Shape: hexSum(shape), ClockKHz: config.ClockKHz, DiskSize: diskBytes,
		Image: filepath.Base(filepath.Dir(config.RootDisk)),
	}
	for _, each := range []part{
		{Name: "QEMU", path: config.Program}, {Name: "kernel", path: config.Kernel},
		{Name: "agent", path: config.AgentDisk}, {Name: rootPart, path: config.RootDisk},
	} {
		if each.File, err = template.Identify(each.path); err != nil {
			return nil, err
		}
		m.Parts = append(m.Parts, each)
	}
	return m, nil
}

// digest reads the parts, for when the same files are others: copied or installed again.
func (m *Machine) digest() (err error) {
	for i := range m.Parts {
		if m.Parts[i].Name == rootPart || m.Parts[i].settled {
			continue
		}
		if m.Parts[i].SHA256, err = m.Parts[i].sum(); err != nil {
			return err
		}
	}
	return nil
}

// fits compares the machine of a snapshot with the present one.
func (m *Machine) fits(now *Machine) error {
	if m.Image != now.Image {
		return fmt.Errorf("%w image", ErrOther)
	}
	if m.Shape != now.Shape || m.DiskSize != now.DiskSize || len(m.Parts) != len(now.Parts) {
		return fmt.Errorf("%w kind of machine", ErrOther)
	}
	if err := template.CheckClock(m.ClockKHz, now.ClockKHz); err != nil {
		return fmt.Errorf("%w processor: %w", ErrOther, err)
	}
	for i, made := range m.Parts {
		if made.File == now.Parts[i].File && made.Name == now.Parts[i].Name {
			continue
		}
		sum, err := now.Parts[i].sum()
		if err != nil {
			return err
		}
		if made.SHA256 == "" || sum != made.SHA256 {
			return fmt.Errorf("%w %s", ErrOther, made.Name)
		}
	}
	return nil
}

// ErrImage: the image of the snapshot is not on this host as it was.
var ErrImage = errors.New("its image is not on this machine any more, or another build of it")

// sumRoot adds the sum of the root file system, from which the guest came.
func (m *Machine) sumRoot(path string) (err error) {
	for i := range m.Parts {
		p := &m.Parts[i]
		if p.Name != rootPart {
			continue
		}
		now, err := template.Identify(path)
		if err != nil || now != p.File {
			return errors.Join(ErrImage, err)
		}
		p.path = path
		if p.SHA256, err = p.sum(); err != nil {
			return err
		}
	}
	return nil
}

// settle makes a machine that was described on another host one of this: of the parts that have the same
// content this host's files are known from now on.
func (m *Machine) settle(host *Machine) error {
	if len(m.Parts) != len(host.Parts) {
		return errors.New("its machine makes no sense")
	}
	for i := range m.Parts {
		sum, err := host.Parts[i].sum()
		if err != nil {
			return err
		}
		made := &m.Parts[i]
		made.File = template.Identity{}
		if made.Name == host.Parts[i].Name && made.SHA256 == sum {
			made.File = host.Parts[i].File
		}
		made.settled = true
	}
	m.Image = host.Image
	return nil
}

func (p *part) sum() (string, error) {
	file, err := os.Open(p.path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

func hexSum(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}
