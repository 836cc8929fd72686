package qemu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sandboxfile/native/internal/disk"
)

// Block nodes, and devices, of the disks that differ between sandboxes, at the start.
const (
	rootNode    = "root"
	changesNode = "changes"
)

// diskSuffix is added to a node's name in the name of its device.
const diskSuffix = "-disk"

type node = map[string]any

// device attaches a disk. A full host stops the guest and tells over QMP, instead of failing its
// writes. Without a bus the next free one is taken.
func device(name string, of node, bus string) []string {
	options, err := json.Marshal(of)
	if err != nil {
		panic(err) // strings and booleans always marshal
	}
	device := fmt.Sprintf("virtio-blk-device,id=%s%s,drive=%s", name, diskSuffix, name)
	if bus != "" {
		device += ",bus=" + bus
	}
	return []string{"-blockdev", string(options), "-device", device}
}

func rawNode(name, path string, readOnly bool) node {
	made := layerNode(disk.Layer{Path: path, Format: disk.Raw}, readOnly)
	made["node-name"] = name
	return made
}

// changes is the disk's layers, each format told: what a guest writes to a raw layer can look like
// any format.
func changes(chain disk.Chain) node {
	if len(chain) == 0 {
		chain = disk.Single("")
	}
	var below node
	for at, layer := range chain {
		made := layerNode(layer, at < len(chain)-1)
		if below != nil {
			made["backing"] = below
		}
		below = made
	}
	below["node-name"] = changesNode
	return below
}

func layerNode(layer disk.Layer, readOnly bool) node {
	return node{
		"driver": string(layer.Format), "read-only": readOnly, "discard": "unmap",
		"file": node{"driver": "file", "filename": layer.Path, "read-only": readOnly, "discard": "unmap"},
	}
}

// Layer is a layer that the disk can get.
type Layer struct {
	node  string
	files set
}

// PrepareLayer opens an empty layer, which stays beside the disk until it is put on top.
func (vm *VM) PrepareLayer(ctx context.Context, layer disk.Layer) (Layer, error) {
	vm.layers++
	files, err := vm.give(ctx, layer.Path, diskFlags(false))
	if err != nil {
		return Layer{}, err
	}
	next := Layer{fmt.Sprintf("%s-%d", changesNode, vm.layers), files}
	made := layerNode(disk.Layer{Path: files.name(), Format: layer.Format}, false)
	made["node-name"], made["backing"] = next.node, nil
	return next, vm.Control.Execute(ctx, "blockdev-add", made, nil)
}

// PutOnTop makes the guest write to the layer from here on: what is below changes no more.
func (vm *VM) PutOnTop(ctx context.Context, layer Layer) error {
	err := vm.Control.Execute(ctx, "blockdev-snapshot", map[string]string{"node": vm.topDisk, "overlay": layer.node}, nil)
	if err == nil {
		vm.topDisk = layer.node
	}
	return err
}

// DropLayer closes a layer that was not put on top.
func (vm *VM) DropLayer(ctx context.Context, layer Layer) error {
	err := vm.Control.Execute(ctx, "blockdev-del", map[string]string{"node-name": layer.node}, nil)
	if err != nil {
		return errors.Join(errors.New("a layer of the disk stays open"), err)
	}
	return vm.takeBack(ctx, layer.files)
}
