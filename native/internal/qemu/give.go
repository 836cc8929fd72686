package qemu

import (
	"context"
	"os"
)

// set is a set of descriptors that a running QEMU was given.
type set struct {
	Number int `json:"fdset-id"`
}

func (s set) name() string { return setName(s.Number) }

// give opens the file once for each of the flags and lets QEMU use it under the set's name.
func (vm *VM) give(ctx context.Context, path string, flags []int) (set, error) {
	var given set
	arguments := map[string]int{}
	for _, each := range flags {
		if err := vm.open(ctx, path, each, arguments, &given); err != nil {
			return set{}, err
		}
		arguments["fdset-id"] = given.Number
	}
	return given, nil
}

// giveMore adds another one to the set.
func (vm *VM) giveMore(ctx context.Context, given set, path string, flags int) error {
	return vm.open(ctx, path, flags, map[string]int{"fdset-id": given.Number}, &given)
}

func (vm *VM) open(ctx context.Context, path string, flags int, arguments map[string]int, given *set) error {
	file, err := os.OpenFile(path, flags, newFileMode)
	if err != nil {
		return err
	}
	defer file.Close()
	return vm.Control.ExecuteWith(ctx, file, "add-fd", arguments, given)
}

// takeBack closes what QEMU uses no more.
func (vm *VM) takeBack(ctx context.Context, given set) error {
	return vm.Control.Execute(ctx, "remove-fd", given, nil)
}
