package libkrun

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
)

// readELF gives the names that a library exports. size is the file's: the loader maps what the
// headers say, and a process that touches what is beyond the end is killed.
func readELF(library io.ReaderAt, size int64, arch string) (map[string]bool, error) {
	file, err := elf.NewFile(library)
	if err != nil {
		return nil, err
	}
	wanted := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[arch]
	if file.Machine != wanted || file.Class != elf.ELFCLASS64 {
		return nil, &Error{Kind: Architecture, Cause: fmt.Errorf("it is for %v", file.Machine)}
	}
	for _, segment := range file.Progs {
		if segment.Off > uint64(size) || segment.Filesz > uint64(size)-segment.Off {
			return nil, errors.New("it is cut short")
		}
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool, len(symbols))
	for _, symbol := range symbols {
		if symbol.Section != elf.SHN_UNDEF {
			names[symbol.Name] = true
		}
	}
	return names, nil
}
