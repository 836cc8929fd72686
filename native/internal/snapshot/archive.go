package snapshot

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"sandboxfile/native/internal/delivery"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/sparse"
	"sandboxfile/native/internal/template"
)

// An archive is a tar, compressed by zstd, of: snapshot.json, then of the memory, if there is one, `state`
// and runs of `ram`, then runs of the disk, and sums.json, without which it is not whole. A run is an
// entry that is named after its file and its place there. docs/snapshots.md has the details.
const (
	archiveFormat = 1
	sumsName      = "sums.json"
	ramPart       = "ram"
	diskPart      = "disk"
	// maxRun is the longest run in an archive.
	maxRun = 1 << 20
)

// header is the archive's first entry.
type header struct {
	Format  int             `json:"format"`
	Info    json.RawMessage `json:"info"`
	Machine *Machine        `json:"machine,omitempty"` // absent: a disk alone
	Image   string          `json:"image"`
	RAM     int64           `json:"ram,omitempty"` // sizes
	State   int64           `json:"state,omitempty"`
	Disk    int64           `json:"disk"`
	Data    int64           `json:"data"` // bytes in all runs
	Signer  string          `json:"signer"`
}

// sums has the SHA-256 of each part: of runs, that of each one's place in eight bytes, big-endian, and
// content. `mac` is by the key of who has exported it.
type sums map[string]string

// Progress gets bytes done and to do.
type Progress func(done, total int64)

// Export writes the snapshot to one file, as a whole or not at all.
func (s *Snapshot) Export(ctx context.Context, path string, key Key, progress Progress) error {
	e := &exporter{snapshot: s, key: key, ctx: ctx, progress: progress, sums: make(sums)}
	defer e.close()
	if err := e.open(); err != nil {
		return err
	}
	return delivery.File(path, e.write)
}

type exporter struct {
	ctx      context.Context
	progress Progress
	snapshot *Snapshot
	key      Key
	header   header
	memory   *template.Template
	disk     *disk.Source
	tar      *tar.Writer
	sums     sums
	done     int64
	block    []byte
}

func (e *exporter) open() (err error) {
	m := e.snapshot.manifest
	e.header = header{Format: archiveFormat, Info: m.Info, Machine: m.Machine, Image: imageOf(e.snapshot.Info.GetRootDisk()), Signer: e.key.id()}
	if m.Memory != nil {
		if err := m.Machine.sumRoot(e.snapshot.Info.GetRootDisk()); err != nil {
			return err
		}
		if e.memory, err = m.Memory.Open(e.snapshot.folder); err != nil {
			return err
		}
		e.header.RAM, e.header.State = m.Memory.RAM.Size, m.Memory.State.Size
		if err := e.eachRAM(func(run disk.Run) error { e.header.Data += run.Length; return nil }); err != nil {
			return err
		}
	}
	if e.disk, err = disk.OpenSource(e.snapshot.disk()); err != nil {
		return err
	}
	e.header.Disk = e.disk.Size()
	return e.disk.EachRun(e.ctx, func(run disk.Run) error { e.header.Data += run.Length; return nil })
}

func (e *exporter) close() {
	if e.memory != nil {
		e.memory.Close()
	}
	if e.disk != nil {
		e.disk.Close()
	}
}

func (e *exporter) eachRAM(visit func(disk.Run) error) error {
	return sparse.EachRun(e.memory.RAM(), e.header.RAM, func(start, end int64) error {
		return visit(disk.Run{Start: start, Length: end - start, File: e.memory.RAM(), At: start})
	})
}

func (e *exporter) write(file *os.File) error {
	compressor, err := zstd.NewWriter(file, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(true))
	if err != nil {
		return err
	}
	e.tar, e.block = tar.NewWriter(compressor), make([]byte, maxRun)
	if err := e.writeParts(); err != nil {
		return errors.Join(err, compressor.Close())
	}
	return errors.Join(e.tar.Close(), compressor.Close())
}

func (e *exporter) writeParts() error {
	about, err := json.Marshal(e.header)
	if err != nil {
		return err
	}
	if err := e.entry(manifestName, about); err != nil {
		return err
	}
	if e.memory != nil {
		state, err := io.ReadAll(e.memory.State())
		if err != nil {
			return err
		}
		e.sums[template.StateName] = hexSum(state)
		if err := e.entry(template.StateName, state); err != nil {
			return err
		}
		if err := e.part(ramPart, e.eachRAM); err != nil {
			return err
		}
	}
	each := func(visit func(disk.Run) error) error { return e.disk.EachRun(e.ctx, visit) }
	if err := e.part(diskPart, each); err != nil {
		return err
	}
	e.sums[macName] = e.key.sign(about, e.sums)
	end, err := json.Marshal(e.sums)
	if err != nil {
		return err
	}
	return e.entry(sumsName, end)
}

// part writes all runs of one file.
func (e *exporter) part(name string, each func(func(disk.Run) error) error) error {
	sum := newRunSum()
	err := each(func(run disk.Run) error {
		for run.Length > 0 {
			if e.ctx.Err() != nil {
				return context.Cause(e.ctx)
			}
			block := e.block[:min(run.Length, maxRun)]
			if _, err := run.File.ReadAt(block, run.At); err != nil {
				return err
			}
			sum.add(run.Start, block)
			if err := e.entry(runName(name, run.Start), block); err != nil {
				return err
			}
			size := int64(len(block))
			run.Start, run.At, run.Length = run.Start+size, run.At+size, run.Length-size
			e.done += size
			e.progress(e.done, e.header.Data)
		}
		return nil
	})
	e.sums[name] = sum.String()
	return err
}

func (e *exporter) entry(name string, data []byte) error {
	about := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o600, Format: tar.FormatUSTAR}
	if err := e.tar.WriteHeader(about); err != nil {
		return err
	}
	_, err := e.tar.Write(data)
	return err
}

// runName has the place in hexadecimal, so that names sort as the runs do.
func runName(part string, start int64) string { return fmt.Sprintf("%s/%016x", part, start) }

// imageOf is the name of the folder that a root file system has in the store of images.
func imageOf(rootDisk string) string { return filepath.Base(filepath.Dir(rootDisk)) }

type runSum struct{ hash hash.Hash }

func newRunSum() runSum { return runSum{sha256.New()} }

func (s runSum) add(start int64, data []byte) {
	s.hash.Write(binary.BigEndian.AppendUint64(nil, uint64(start)))
	s.hash.Write(data)
}

func (s runSum) String() string { return hex.EncodeToString(s.hash.Sum(nil)) }
