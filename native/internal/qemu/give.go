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
		file, err := os.OpenFile(path, each, newFileMode)
		if err != nil {
			return set{}, err
		}
		err = vm.Control.ExecuteWith(ctx, file, "add-fd", arguments, &given)
		file.Close()
		if err != nil {
			return set{}, err
		}
		arguments["fdset-id"] = given.Number
	}
	return given, nil
}

// takeBack closes what QEMU uses no more.
func (vm *VM) takeBack(ctx context.Context, given set) error {
	return vm.Control.Execute(ctx, "remove-fd", given, nil)
}
