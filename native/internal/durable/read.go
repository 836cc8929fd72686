package durable

import (
	"fmt"
	"io"
	"os"
)

// ReadFile reads a small file whole; one of more than bound bytes is an error.
func ReadFile(path string, bound int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, bound+1))
	if err == nil && int64(len(data)) > bound {
		err = fmt.Errorf("more than %d bytes", bound)
	}
	return data, err
}
