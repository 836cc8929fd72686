package snapshot

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/encoding/protojson"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/disk"
	"sandboxfile/native/internal/template"
)

const (
	// maxRatio is how much larger an archive's content may be than itself, beyond freeData: memories and
	// disks, whose zeros are left out, get about a tenth.
	maxRatio = 200
	freeData = 64 << 20
	// maxWindow bounds the memory that reading takes; ours have 4 MiB.
	maxWindow = 16 << 20
)

// Import is a snapshot that comes from a file of somebody's, who may be hostile.
type Import struct {
	Source *os.File
	// Host is what the guest would go on on, without an image.
	Host func(rootDisk string, info *machinev1.SnapshotInfo) (*Machine, error)
	// Images is the folder of images by digest.
	Images   string
	DiskSize int64
	// Key tells this user's own archives; of others memory is taken only when the user trusts them.
	Key      Key
	Trust    bool
	DiskOnly bool
	Progress Progress
}

// MissingImageError: the image of the snapshot is not on this host.
type MissingImageError struct {
	Digest string // sha256:…
}

func (e *MissingImageError) Error() string { return "its image is not on this machine: " + e.Digest }

// ErrForeign: the memory is from somebody else. QEMU loads the state of devices without suspicion: who
// made it could become this user.
var ErrForeign = errors.New("its memory was not exported by this user, or has been changed since")

// To makes the snapshot in a folder that is not there yet: all of it or nothing.
func (i *Import) To(ctx context.Context, folder string) (*machinev1.SnapshotInfo, error) {
	draft, err := Begin(folder)
	if err != nil {
		return nil, err
	}
	defer draft.Discard()
	packed := &meter{reader: bufio.NewReaderSize(i.Source, maxRun), ctx: ctx}
	decompressor, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	defer decompressor.Close()
	r := &importer{Import: i, ctx: ctx, draft: draft, tar: tar.NewReader(decompressor), sums: make(sums), block: make([]byte, maxRun)}
	if err := r.read(); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(decompressor, r.block[:1]); !errors.Is(err, io.EOF) {
		return nil, errors.Join(errors.New("something follows its end"), err)
	}
	if err := draft.Keep(); err != nil {
		return nil, err
	}
	return r.info, draft.Publish(r.info, i.Key)
}

type importer struct {
	*Import
	ctx        context.Context
	draft      *Draft
	tar        *tar.Reader
	header     header
	headerData []byte
	info       *machinev1.SnapshotInfo
	sums       sums
	block      []byte
	done       int64
	memory     bool
	ahead      *tar.Header // read and not used yet
}

func (r *importer) read() error {
	if err := r.readHeader(); err != nil {
		return err
	}
	if r.header.Machine != nil {
		if err := r.readState(); err != nil {
			return err
		}
		if err := r.readPart(ramPart, template.RAMName, r.header.RAM, r.memory); err != nil {
			return err
		}
	}
	if r.memory {
		memory, err := template.Describe(r.draft.folder)
		if err != nil {
			return err
		}
		r.draft.manifest.Memory, r.draft.manifest.Machine = &memory, r.header.Machine
	}
	layer := disk.Single(filepath.Join(r.draft.folder, disk.LayerName()))
	if err := r.readPart(diskPart, filepath.Base(layer[0].Path), r.header.Disk, true); err != nil {
		return err
	}
	if r.done != r.header.Data {
		return fmt.Errorf("%d bytes of %d", r.done, r.header.Data)
	}
	r.draft.layers = layer
	var err error
	if r.draft.manifest.Disk, err = describeDisk(layer); err != nil {
		return err
	}
	return r.checkSums()
}

func (r *importer) readHeader() error {
	var err error
	if r.headerData, err = r.entry(manifestName, maxManifest); err != nil {
		return err
	}
	if err := json.Unmarshal(r.headerData, &r.header); err != nil {
		return fmt.Errorf("%s: %w", manifestName, err)
	}
	if r.header.Format != archiveFormat {
		return fmt.Errorf("its format is %d; this version reads %d", r.header.Format, archiveFormat)
	}
	r.info = &machinev1.SnapshotInfo{}
	if err := protojson.Unmarshal(r.header.Info, r.info); err != nil {
		return err
	}
	memory := r.header.Machine != nil
	switch h := r.header; {
	case r.info.GetDiskOnly() == memory:
		return errors.New("whether it has a memory is told in two ways")
	case memory && (h.RAM != int64(r.info.GetMemoryMib())<<20 || h.RAM == 0 || h.State <= 0 || h.State > template.MaxState):
		return errors.New("the sizes of its memory make no sense")
	case !memory && (h.RAM != 0 || h.State != 0):
		return errors.New("it has a memory without a machine")
	case h.Disk != r.DiskSize:
		return fmt.Errorf("its disk has %d bytes; those of this version have %d", h.Disk, r.DiskSize)
	case h.Data < 0 || h.Data > h.RAM+h.Disk:
		return errors.New("it holds more than its sizes allow")
	case memory && !r.DiskOnly && !r.Trust && h.Signer != r.Key.id():
		return ErrForeign // told again at the end, where it cannot be pretended
	case len(r.info.GetDescription()) > MaxDescription:
		return errors.New("its description is too long")
	}
	r.memory = memory && !r.DiskOnly
	r.info.DiskOnly = !r.memory
	if err := r.checkRoom(); err != nil {
		return err
	}
	return r.findImage()
}

// checkRoom refuses what is out of proportion or does not fit the disk, before anything is written.
func (r *importer) checkRoom() error {
	source, err := r.Source.Stat()
	if err != nil {
		return err
	}
	if r.header.Data > source.Size()*maxRatio+freeData {
		return fmt.Errorf("it would become %d bytes from %d", r.header.Data, source.Size())
	}
	var room unix.Statfs_t
	if err := unix.Statfs(r.draft.folder, &room); err != nil {
		return err
	}
	if free := int64(room.Bavail) * int64(room.Bsize); r.header.Data+r.header.State > free { //nolint:unconvert // differs between systems
		return fmt.Errorf("it needs %d bytes, of which %d are free: %w", r.header.Data+r.header.State, free, unix.ENOSPC)
	}
	return nil
}

// findImage has the snapshot use this host's files: what it says about those of another means nothing here.
func (r *importer) findImage() error {
	digest := r.header.Image
	if len(digest) != 64 || strings.Trim(digest, "0123456789abcdef") != "" {
		return errors.New("it names no image")
	}
	r.info.RootDisk = filepath.Join(r.Images, digest, "root.erofs")
	if _, err := os.Stat(r.info.RootDisk); err != nil {
		return &MissingImageError{Digest: "sha256:" + digest}
	}
	if !r.memory {
		return nil
	}
	host, err := r.Host(r.info.RootDisk, r.info)
	if err != nil {
		return err
	}
	return r.header.Machine.settle(host)
}

func (r *importer) readState() error {
	data, err := r.entry(template.StateName, r.header.State)
	if err != nil {
		return err
	}
	if int64(len(data)) != r.header.State {
		return errors.New("its state has another size")
	}
	r.sums[template.StateName] = hexSum(data)
	if !r.memory {
		return nil
	}
	return r.draft.put(template.StateName, data)
}

// readPart makes one file of its runs, or only reads them.
func (r *importer) readPart(part, name string, size int64, keep bool) error {
	if !keep {
		return r.readRuns(part, nil, size)
	}
	file, err := r.draft.create(name)
	if err != nil {
		return err
	}
	err = file.Truncate(size)
	if err == nil {
		err = r.readRuns(part, file, size)
	}
	return errors.Join(err, file.Close())
}

func (r *importer) readRuns(part string, file *os.File, size int64) error {
	sum := newRunSum()
	for end := int64(0); ; {
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		next, err := r.next()
		if err != nil {
			return err
		}
		place, ours := strings.CutPrefix(next.Name, part+"/")
		if !ours {
			r.ahead = next
			r.sums[part] = sum.String()
			return nil
		}
		start, err := strconv.ParseInt(place, 16, 64)
		if err != nil || runName(part, start) != next.Name || start < end || next.Size <= 0 || next.Size > maxRun ||
			start > size-next.Size || next.Size > r.header.Data-r.done {
			return fmt.Errorf("%q is out of place", next.Name)
		}
		block := r.block[:next.Size]
		if _, err := io.ReadFull(r.tar, block); err != nil {
			return err
		}
		if file != nil {
			if _, err := file.WriteAt(block, start); err != nil {
				return err
			}
		}
		sum.add(start, block)
		end = start + next.Size
		r.done += next.Size
		r.Progress(r.done, r.header.Data)
	}
}

func (r *importer) checkSums() error {
	data, err := r.entry(sumsName, maxManifest)
	if err != nil {
		return err
	}
	var said sums
	if err := json.Unmarshal(data, &said); err != nil {
		return fmt.Errorf("%s: %w", sumsName, err)
	}
	for name, is := range r.sums {
		if said[name] != is {
			return fmt.Errorf("its %s has been changed", name)
		}
	}
	if r.memory && !r.Trust && said[macName] != r.Key.sign(r.headerData, r.sums) {
		return ErrForeign
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("something follows its end"), err)
	}
	return nil
}

// entry is the next one, which has this name and at most so many bytes.
func (r *importer) entry(name string, most int64) ([]byte, error) {
	next, err := r.next()
	if err != nil {
		return nil, err
	}
	if next.Name != name || next.Size > most {
		return nil, fmt.Errorf("%q is out of place", next.Name)
	}
	return io.ReadAll(io.LimitReader(r.tar, most))
}

func (r *importer) next() (*tar.Header, error) {
	if next := r.ahead; next != nil {
		r.ahead = nil
		return next, nil
	}
	next, err := r.tar.Next()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && next.Typeflag != tar.TypeReg {
		err = fmt.Errorf("%q is no file", next.Name)
	}
	return next, err
}

// meter ends reading with its context.
type meter struct {
	reader io.Reader
	ctx    context.Context
}

func (m *meter) Read(data []byte) (int, error) {
	if m.ctx.Err() != nil {
		return 0, context.Cause(m.ctx)
	}
	return m.reader.Read(data)
}
