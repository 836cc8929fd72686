package libkrun

import (
	"debug/macho"
	"errors"
	"fmt"
	"io"
	"strings"
)

// readMachO is readELF for macOS.
func readMachO(library io.ReaderAt, size int64, arch string) (map[string]bool, error) {
	file, err := macho.NewFile(library)
	if err != nil {
		return nil, err
	}
	wanted := map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}[arch]
	if file.Cpu != wanted {
		return nil, &Error{Kind: Architecture, Cause: fmt.Errorf("it is for %v", file.Cpu)}
	}
	for _, load := range file.Loads {
		segment, ok := load.(*macho.Segment)
		if ok && (segment.Offset > uint64(size) || segment.Filesz > uint64(size)-segment.Offset) {
			return nil, errors.New("it is cut short")
		}
	}
	if file.Symtab == nil {
		return nil, errors.New("it has no symbols")
	}
	names := map[string]bool{}
	for _, symbol := range file.Symtab.Syms {
		if symbol.Sect != 0 {
			names[strings.TrimPrefix(symbol.Name, "_")] = true
		}
	}
	return names, nil
}
