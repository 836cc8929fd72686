package volume

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Volume is an opened folder or file of the host.
type Volume struct {
	config  Config
	number  int
	file    bool
	owner   owner
	open    *descriptors
	nodes   *nodes
	watcher *watcher // nil: there is none
	mask    *mask    // nil: everything is shown
	quota   *quota   // nil: there is none
	// answering is held from when a request looks at the host's files until its answer is sent.
	answering sync.Mutex
	calls     chan struct{} // a place for each that asks the host's file system beside the reading
	stuck     atomic.Int32  // calls that keep who reads from reading
}

// openVolume opens what a guest is to see. From then on the folder is the one that was found, whatever
// its path comes to mean; a file is what its folder has under its name.
func openVolume(config Config, open *descriptors) (*Volume, error) {
	if !filepath.IsAbs(config.Host) {
		return nil, fmt.Errorf("%q is not an absolute path", config.Host)
	}
	real, err := filepath.EvalSymlinks(config.Host)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil, err
	}
	v := &Volume{config: config, open: open, calls: make(chan struct{}, maxCalls)}
	switch {
	case info.IsDir():
		err = v.openFolder(real)
	case info.Mode().IsRegular():
		v.file = true
		err = v.openFile(real)
	default:
		err = ErrSpecial
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (v *Volume) openFolder(path string) error {
	root, info, err := v.openRoot(path)
	if err != nil {
		return err
	}
	v.owner = ownerOf(info)
	v.nodes, v.quota = newNodes(v.open, root), newQuota(v.config.Quota)
	if v.mask, err = newMask(v.config, root.path, v.nodes); err != nil {
		return err
	}
	for _, name := range v.config.Private {
		if err := v.makePrivate(root.path.fd, name); err != nil {
			return &os.PathError{Op: "private folder", Path: name, Err: err}
		}
	}
	return nil
}

func (v *Volume) openFile(path string) error {
	if len(v.config.Hide) > 0 || len(v.config.Private) > 0 || v.config.Quota > 0 {
		return errFile
	}
	folder, _, err := v.openRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	fd, info, err := openBeneath(folder.path.fd, filepath.Base(path))
	if err != nil {
		return err
	}
	_ = unix.Close(fd)
	if kindOf(info) != unix.S_IFREG {
		return ErrSpecial
	}
	v.owner = ownerOf(info)
	v.nodes = newNodes(v.open, &node{
		kind: unix.S_IFREG, floating: true, parent: folder, name: filepath.Base(path),
	})
	return nil
}

// openRoot opens a folder for as long as the process lives.
func (v *Volume) openRoot(path string) (*node, *unix.Statx_t, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	info, err := stat(fd, "")
	if err != nil {
		_ = unix.Close(fd)
		return nil, nil, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return &node{identity: identityOf(info), kind: unix.S_IFDIR, path: v.open.add(fd)}, info, nil
}
