//go:build linux

// Command treelist prints a file tree for a test to compare, one quoted name and its description a
// line. It is no part of the product.
package main

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"slices"

	"sandboxfile/native/internal/treelist"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: treelist FOLDER")
		os.Exit(2)
	}
	if err := list(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "treelist:", err)
		os.Exit(1)
	}
}

func list(root string) error {
	found, err := treelist.Describe(root)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if _, err := fmt.Fprintf(out, "%q\t%s\n", name, found[name]); err != nil {
			return err
		}
	}
	return out.Flush()
}
