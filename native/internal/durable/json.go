package durable

import (
	"encoding/json"
	"io/fs"
	"os"
)

// WriteJSON makes path a line of JSON.
func WriteJSON(path string, mode fs.FileMode, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return WriteFile(path, mode, func(file *os.File) error {
		_, err := file.Write(append(data, '\n'))
		return err
	})
}
