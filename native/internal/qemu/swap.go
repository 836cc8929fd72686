package qemu

import (
	"context"
	"os"
	"slices"
)

// swapped is added to the names of the nodes that take the place of those of the start.
const swapped = "-swapped"

// SwapDisks puts a sandbox's disks in place of those that a paused guest was started with, of which it
// has mounted none; without a RootDisk the image's stays. The lock is held from then on as one that was inherited.
//
// What the guest need not wait for is left to finish, which may run beside it and has to come before any other use of the
// disks: QEMU reads its commands byte by byte, each in a turn of its main loop.
func (vm *VM) SwapDisks(ctx context.Context, config Config) (finish func(context.Context) error, err error) {
	if config.Lock != nil {
		if err := vm.Control.PassFile(ctx, "lock", config.Lock); err != nil {
			return nil, err
		}
	}
	replaced := []string{changesNode}
	if config.RootDisk != "" {
		root, err := vm.give(ctx, config.RootDisk, diskFlags(true))
		if err != nil {
			return nil, err
		}
		if err := vm.swap(ctx, rootNode, rawNode(rootNode, root.name(), true)); err != nil {
			return nil, err
		}
		replaced = append(replaced, rootNode)
	}
	chain := slices.Clone(config.Disk)
	var top set
	for i := range chain {
		if top, err = vm.give(ctx, chain[i].Path, firstFlags(i < len(chain)-1)); err != nil {
			return nil, err
		}
		chain[i].Path = top.name()
	}
	vm.topDisk = changesNode + swapped
	if err := vm.swap(ctx, changesNode, changes(chain)); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		for _, name := range replaced {
			if err := vm.Control.Execute(ctx, "blockdev-del", map[string]string{"node-name": name}, nil); err != nil {
				return err
			}
		}
		return vm.giveMore(ctx, top, config.Disk.Top().Path, os.O_RDONLY)
	}, nil
}

// firstFlags are those of diskFlags that QEMU opens the disk with.
func firstFlags(readOnly bool) []int {
	if readOnly {
		return diskFlags(true)
	}
	return []int{os.O_RDWR}
}

func (vm *VM) swap(ctx context.Context, name string, next node) error {
	next["node-name"] = name + swapped
	if err := vm.Control.Execute(ctx, "blockdev-add", next, nil); err != nil {
		return err
	}
	drive := map[string]string{"path": "/machine/peripheral/" + name + diskSuffix, "property": "drive", "value": name + swapped}
	return vm.Control.Execute(ctx, "qom-set", drive, nil)
}
