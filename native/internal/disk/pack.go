package disk

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"sandboxfile/native/internal/sparse"
)

// packMagic begins a packed disk: its data without its holes, for archives that know no holes. After
// it, compressed: the disk's size, then each run of data as offset, length and bytes, and offset -1.
const packMagic = "menv packed disk 1\n"

const endOfRuns = -1

// Pack writes the packed form of source.
func Pack(target io.Writer, source *os.File) error {
	info, err := source.Stat()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(target, packMagic); err != nil {
		return err
	}
	compressor := gzip.NewWriter(target)
	if err := writeNumbers(compressor, info.Size()); err != nil {
		return err
	}
	err = sparse.EachRun(source, info.Size(), func(start, end int64) error {
		if err := writeNumbers(compressor, start, end-start); err != nil {
			return err
		}
		_, err := io.Copy(compressor, io.NewSectionReader(source, start, end-start))
		return err
	})
	if err != nil {
		return err
	}
	if err := writeNumbers(compressor, endOfRuns); err != nil {
		return err
	}
	return compressor.Close()
}

// VirtualSize is the size of the disk that Ensure makes of the empty one.
func VirtualSize(empty string) (int64, error) {
	source, err := os.Open(empty)
	if err != nil {
		return 0, err
	}
	defer source.Close()
	packed, err := isPacked(source)
	if err != nil {
		return 0, err
	}
	if packed {
		_, size, err := openPacked(source)
		return size, err
	}
	info, err := source.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func isPacked(source *os.File) (bool, error) {
	beginning := make([]byte, len(packMagic))
	if _, err := source.ReadAt(beginning, 0); err != nil {
		return false, ignoreShort(err)
	}
	return bytes.Equal(beginning, []byte(packMagic)), nil
}

// unpack makes the empty file target what source was packed from.
func unpack(target, source *os.File) error {
	reader, size, err := openPacked(source)
	if err != nil {
		return err
	}
	if err := target.Truncate(size); err != nil {
		return err
	}
	for {
		start, err := readNumber(reader)
		if err != nil {
			return err
		}
		if start == endOfRuns {
			return checksum(reader)
		}
		length, err := readNumber(reader)
		if err != nil {
			return err
		}
		if _, err := io.CopyN(io.NewOffsetWriter(target, start), reader, length); err != nil {
			return fmt.Errorf("packed disk: %w", err)
		}
	}
}

// openPacked returns what follows the size.
func openPacked(source *os.File) (io.Reader, int64, error) {
	reader, err := gzip.NewReader(io.NewSectionReader(source, int64(len(packMagic)), 1<<62))
	if err != nil {
		return nil, 0, fmt.Errorf("packed disk: %w", err)
	}
	size, err := readNumber(reader)
	return reader, size, err
}

// checksum reads on to where the compressed data's own is compared.
func checksum(reader io.Reader) error {
	if _, err := io.Copy(io.Discard, reader); err != nil {
		return fmt.Errorf("packed disk: %w", err)
	}
	return nil
}

func writeNumbers(target io.Writer, numbers ...int64) error {
	return binary.Write(target, binary.LittleEndian, numbers)
}

func readNumber(source io.Reader) (int64, error) {
	var number int64
	if err := binary.Read(source, binary.LittleEndian, &number); err != nil {
		return 0, fmt.Errorf("packed disk: %w", err)
	}
	return number, nil
}

// Fill makes the empty file target a copy of the empty disk, packed or not.
func Fill(target, empty *os.File) error {
	packed, err := isPacked(empty)
	if err != nil {
		return err
	}
	if packed {
		return unpack(target, empty)
	}
	return sparse.Copy(target, empty)
}

func ignoreShort(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
