package volume

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
	"sandboxfile/native/internal/fuse"
)

const (
	// maxTable bounds a table in a snapshot's description, packed. What does not fit is ESTALE to a guest
	// that goes on; its kernel looks names up again.
	maxTable = 3 << 20
	// maxUnpacked bounds the tables of all volumes of a snapshot that may come from anywhere.
	maxUnpacked = 64 << 20
)

// Table is what the guest knows. The wire has to stand still.
func (s *Server) Table() ([]byte, error) {
	for limit := maxNodes; ; limit /= 4 {
		table := &machinev1.VolumeTable{}
		for _, v := range s.volumes {
			nodes := v.nodes.table(limit)
			nodes.Used = v.quota.lasting(v.nodes.owed())
			table.Volumes = append(table.Volumes, nodes)
		}
		packed, err := pack(table)
		if err != nil || len(packed) <= maxTable {
			return packed, err
		}
	}
}

var errTable = errors.New("the snapshot's table of volumes makes no sense")

// Adopt makes the server one for a guest that goes on from a copy, with the table of then. It comes
// before Serve.
func (s *Server) Adopt(packed []byte) error {
	if len(packed) == 0 && len(s.volumes) == 0 {
		return nil
	}
	table := &machinev1.VolumeTable{}
	unpacker, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return errors.Join(errTable, err)
	}
	data, err := io.ReadAll(io.LimitReader(unpacker, maxUnpacked))
	if err == nil {
		err = proto.Unmarshal(data, table)
	}
	if err != nil || len(table.GetVolumes()) != len(s.volumes) {
		return errors.Join(errTable, err)
	}
	for i, saved := range table.GetVolumes() {
		if err := s.volumes[i].nodes.adopt(saved); err != nil {
			return err
		}
		s.volumes[i].quota.settle(int64(min(saved.GetUsed(), math.MaxInt64/2)))
	}
	s.adopted = true
	return nil
}

func pack(table *machinev1.VolumeTable) ([]byte, error) {
	data, err := proto.Marshal(table)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	packer := gzip.NewWriter(&packed)
	if _, err := packer.Write(data); err != nil {
		return nil, err
	}
	err = packer.Close()
	return packed.Bytes(), err
}

// table lists at most limit nodes: folders first, in which programs may be, then what lasts, which the guest would go on
// to use, then what was met last.
func (t *nodes) table(limit int) *machinev1.VolumeNodes {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]*node, 0, len(t.byID))
	for _, n := range t.byID {
		if n.id != fuse.RootID && !n.private {
			all = append(all, n)
		}
	}
	rank := func(n *node) int {
		switch {
		case n.kind == unix.S_IFDIR:
			return 0
		case n.lasts:
			return 1
		}
		return 2
	}
	slices.SortFunc(all, func(a, b *node) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.id, a.id))
	})
	saved := &machinev1.VolumeNodes{Next: t.next, Device: t.byID[fuse.RootID].identity.dev}
	for _, n := range all[:min(limit, len(all))] {
		one := &machinev1.VolumeNode{
			Id: n.id, Device: n.identity.dev, Inode: n.identity.inode, Birth: n.identity.birth, Kind: n.kind, Lookups: n.lookups,
			Changed: n.changed, Lasts: n.lasts,
		}
		if n.parent != nil {
			one.Parent, one.Name = n.parent.id, []byte(n.name)
		}
		saved.Nodes = append(saved.Nodes, one)
	}
	return saved
}

// adopt takes a table over. A folder of the same content may be on another device by now.
func (t *nodes) adopt(saved *machinev1.VolumeNodes) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(saved.GetNodes()) > maxNodes || saved.GetNext() < t.next {
		return errTable
	}
	root := t.byID[fuse.RootID]
	for _, one := range saved.GetNodes() {
		name := string(one.GetName())
		if _, twice := t.byID[one.GetId()]; twice || one.GetId() == 0 || one.GetId() >= saved.GetNext() ||
			name == "." || name == ".." || len(name) > fuse.MaxNameBytes || strings.ContainsAny(name, "/\x00") {
			return errTable
		}
		n := &node{
			id: one.GetId(), kind: one.GetKind() & unix.S_IFMT, lookups: one.GetLookups(), name: name,
			identity: identity{one.GetDevice(), one.GetInode(), one.GetBirth()}, changed: one.GetChanged(),
			lasts: one.GetLasts(),
		}
		if one.GetDevice() == saved.GetDevice() {
			n.identity.dev = root.identity.dev
		}
		t.byID[n.id] = n
		t.files[file{n.identity.dev, n.identity.inode}] = n
	}
	t.files[file{root.identity.dev, root.identity.inode}] = root
	for _, one := range saved.GetNodes() {
		if one.GetParent() != 0 && len(one.GetName()) > 0 {
			t.byID[one.GetId()].parent = t.byID[one.GetParent()]
		}
	}
	t.next = saved.GetNext()
	return nil
}
