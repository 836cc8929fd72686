package volumes

import (
	"errors"
	"fmt"
	"path"

	"golang.org/x/sys/unix"

	"sandboxfile/native/internal/guest/tree"
)

// attachPrivate puts folders of the sandbox's disk onto those that are its own in the mounts, which are asked
// of the host from here on.
func attachPrivate(box Sandbox, files *tree.Tree, mounts []Mount) error {
	var names []string
	for _, mount := range mounts {
		for _, name := range mount.Private {
			names = append(names, path.Join(mount.Path, name))
		}
	}
	if len(names) == 0 {
		return nil
	}
	own, err := box.OwnFolders(names)
	for i, mount := range own {
		if err == nil {
			if err = attachOwn(box, files, mount, names[i]); err != nil {
				err = fmt.Errorf("%s: %w", names[i], err)
			}
		}
		err = errors.Join(err, unix.Close(mount))
	}
	return err
}

func attachOwn(box Sandbox, files *tree.Tree, mount int, name string) error {
	onto, err := files.Open(name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	return errors.Join(box.Attach(mount, int(onto.Fd())), onto.Close())
}
