package qemu

import (
	"context"
	"errors"
	"os"
)

// CopyMemory needs to read another process's memory, which macOS does not let a parent do.
func (vm *VM) CopyMemory(context.Context, *os.File) (func(context.Context) error, error) {
	return nil, errors.ErrUnsupported
}
