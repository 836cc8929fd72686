package qemu

import (
	"context"
	"slices"
)

// swapped is added to the names of the nodes that take the place of those of the start.
const swapped = "-swapped"

// SwapDisks puts a sandbox's disks in place of those that a paused guest was started with, of which it
// has mounted none; without a RootDisk the image's stays. The lock is held from then on as one that was inherited.
func (vm *VM) SwapDisks(ctx context.Context, config Config) error {
	if config.Lock != nil {
		if err := vm.Control.PassFile(ctx, "lock", config.Lock); err != nil {
			return err
		}
	}
	if config.RootDisk != "" {
		root, err := vm.give(ctx, config.RootDisk, diskFlags(true))
		if err != nil {
			return err
		}
		if err := vm.swap(ctx, rootNode, rawNode(rootNode, root.name(), true)); err != nil {
			return err
		}
	}
	chain := slices.Clone(config.Disk)
	for i := range chain {
		layer, err := vm.give(ctx, chain[i].Path, diskFlags(i < len(chain)-1))
		if err != nil {
			return err
		}
		chain[i].Path = layer.name()
	}
	vm.topDisk = changesNode + swapped
	return vm.swap(ctx, changesNode, changes(chain))
}

func (vm *VM) swap(ctx context.Context, name string, next node) error {
	next["node-name"] = name + swapped
	if err := vm.Control.Execute(ctx, "blockdev-add", next, nil); err != nil {
		return err
	}
	drive := map[string]string{"path": "/machine/peripheral/" + name + diskSuffix, "property": "drive", "value": name + swapped}
	if err := vm.Control.Execute(ctx, "qom-set", drive, nil); err != nil {
		return err
	}
	return vm.Control.Execute(ctx, "blockdev-del", map[string]string{"node-name": name}, nil)
}
