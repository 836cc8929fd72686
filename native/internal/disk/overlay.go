package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// Overlays are qcow2 files of version 3 as the VMM writes them, without compression, encryption or
// snapshots of their own. They name no file below them: which one that is says the chain.
const (
	overlayMagic   = 0x514649fb // "QFI\xfb"
	overlayVersion = 3
	// clusterBits: small clusters, as a write takes a whole one, and most guests write little at many
	// places.
	clusterBits    = 14
	clusterBytes   = 1 << clusterBits
	tableEntries   = clusterBytes / 8
	refcountOrder  = 4 // 16 bits
	headerBytes    = 104
	maxL1          = 1 << 20
	offsetMask     = 0x00ff_ffff_ffff_fe00
	zeroCluster    = 1
	compressedMask = 1 << 62
)

// overlayHeader is the file's beginning, big-endian.
type overlayHeader struct {
	Magic, Version         uint32
	BackingOffset          uint64
	BackingSize            uint32
	ClusterBits            uint32
	Size                   uint64
	CryptMethod            uint32
	L1Entries              uint32
	L1Offset               uint64
	RefcountOffset         uint64
	RefcountClusters       uint32
	Snapshots              uint32
	SnapshotsOffset        uint64
	Incompatible           uint64
	Compatible, Autoclear  uint64
	RefcountOrder, HeadLen uint32
}

// writeOverlay makes the empty file an overlay without a block, for disks of so many bytes.
func writeOverlay(file *os.File, size int64) error {
	const reach = tableEntries * clusterBytes // of the disk, by one entry of the first table
	l1Entries := (size + reach - 1) / reach
	l1Clusters := (l1Entries*8 + clusterBytes - 1) / clusterBytes
	// Header, table of reference counts, one block of them, and the first table of the disk.
	const fixed = 3
	header := overlayHeader{
		Magic: overlayMagic, Version: overlayVersion, ClusterBits: clusterBits, Size: uint64(size),
		L1Entries: uint32(l1Entries), L1Offset: fixed * clusterBytes,
		RefcountOffset: clusterBytes, RefcountClusters: 1, RefcountOrder: refcountOrder, HeadLen: headerBytes,
	}
	used := fixed + l1Clusters
	if used > clusterBytes/2 {
		return fmt.Errorf("a disk of %d bytes is too large for an overlay", size)
	}
	counts := make([]byte, 0, 2*used)
	for range used {
		counts = binary.BigEndian.AppendUint16(counts, 1)
	}
	start, err := binary.Append(nil, binary.BigEndian, &header)
	for _, part := range []struct {
		at   int64
		data []byte
	}{
		{0, start},
		{clusterBytes, binary.BigEndian.AppendUint64(nil, 2*clusterBytes)},
		{2 * clusterBytes, counts},
	} {
		if err == nil {
			_, err = file.WriteAt(part.data, part.at)
		}
	}
	if err != nil {
		return err
	}
	return file.Truncate(used * clusterBytes)
}

// overlay is an opened overlay.
type overlay struct {
	file *os.File
	l1   []uint64
}

func openOverlay(file *os.File, size int64) (*overlay, error) {
	header, err := readHeader(file)
	if err != nil {
		return nil, err
	}
	const reach = tableEntries * clusterBytes
	if header.Size != uint64(size) || int64(header.L1Entries) < (size+reach-1)/reach || header.L1Entries > maxL1 {
		return nil, errors.New("an overlay of another disk")
	}
	table := make([]byte, 8*header.L1Entries)
	if _, err := file.ReadAt(table, int64(header.L1Offset)); err != nil {
		return nil, err
	}
	return &overlay{file, numbers(table)}, nil
}

// checkOverlay refuses what the VMM would take for more than an overlay: a qcow2 file can have it open
// other files.
func checkOverlay(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = readHeader(file)
	return err
}

func readHeader(file *os.File) (*overlayHeader, error) {
	data := make([]byte, headerBytes)
	if _, err := file.ReadAt(data, 0); err != nil {
		return nil, err
	}
	header := &overlayHeader{}
	if _, err := binary.Decode(data, binary.BigEndian, header); err != nil {
		return nil, err
	}
	const dirty = 1
	if header.Magic != overlayMagic || header.Version != overlayVersion || header.ClusterBits != clusterBits ||
		header.CryptMethod != 0 || header.BackingOffset != 0 || header.Incompatible&^dirty != 0 {
		return nil, errors.New("not an overlay")
	}
	return header, nil
}

// eachCluster visits what the overlay says about the part of the disk that one table describes, whose
// number is given: where a cluster's bytes are in the file, or 0 when it is blank. What it does not
// mention is for the layers below to say.
func (o *overlay) eachCluster(table int, visit func(disk, at int64) error) error {
	offset := int64(o.l1[table] & offsetMask)
	if offset == 0 {
		return nil
	}
	data := make([]byte, clusterBytes)
	if _, err := o.file.ReadAt(data, offset); err != nil {
		return err
	}
	for i, entry := range numbers(data) {
		at := int64(entry & offsetMask)
		if entry&compressedMask != 0 {
			return errors.New("an overlay is compressed")
		}
		if entry&zeroCluster != 0 {
			at = 0
		} else if at == 0 {
			continue
		}
		if err := visit((int64(table)*tableEntries+int64(i))*clusterBytes, at); err != nil {
			return err
		}
	}
	return nil
}

func numbers(data []byte) []uint64 {
	found := make([]uint64, len(data)/8)
	for i := range found {
		found[i] = binary.BigEndian.Uint64(data[8*i:])
	}
	return found
}
