package disk

import (
	"context"
	"fmt"
	"os"

	"sandboxfile/native/internal/sparse"
)

// A part of the disk is what one table of an overlay describes.
const partBytes = tableEntries * clusterBytes

// Source is an opened chain, to be read.
type Source struct {
	size     int64
	base     *os.File
	overlays []*overlay // the highest first
}

// OpenSource opens a chain that nobody writes to.
func OpenSource(chain Chain) (_ *Source, err error) {
	if err := chain.Check(); err != nil {
		return nil, err
	}
	s := &Source{}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.size, err = chain.Size(); err != nil {
		return nil, err
	}
	if s.base, err = os.Open(chain[0].Path); err != nil {
		return nil, err
	}
	for at := len(chain) - 1; at > 0; at-- {
		file, err := os.Open(chain[at].Path)
		if err != nil {
			return nil, err
		}
		opened, err := openOverlay(file, s.size)
		if err != nil {
			file.Close()
			return nil, fmt.Errorf("%s: %w", chain[at].Path, err)
		}
		s.overlays = append(s.overlays, opened)
	}
	return s, nil
}

// Close closes the files.
func (s *Source) Close() {
	if s.base != nil {
		s.base.Close()
	}
	for _, layer := range s.overlays {
		layer.file.Close()
	}
}

// Size is that of the disk.
func (s *Source) Size() int64 { return s.size }

// Run is where bytes of the disk are.
type Run struct {
	Start, Length int64
	File          *os.File
	At            int64
}

// EachRun visits all that is on the disk, in its order. What no run is about is blank.
func (s *Source) EachRun(ctx context.Context, visit func(Run) error) error {
	if len(s.overlays) == 0 {
		return sparse.EachRun(s.base, s.size, func(start, end int64) error {
			return visit(Run{start, end - start, s.base, start})
		})
	}
	for table := 0; int64(table)*partBytes < s.size; table++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := s.eachRunOf(table, visit); err != nil {
			return err
		}
	}
	return nil
}

// eachRunOf visits one part: for each cluster the highest layer that has it decides.
func (s *Source) eachRunOf(table int, visit func(Run) error) error {
	first := int64(table) * partBytes
	end := min(first+partBytes, s.size)
	found := make(map[int64]Run)
	for _, layer := range s.overlays {
		err := layer.eachCluster(table, func(disk, at int64) error {
			if _, above := found[disk]; !above {
				found[disk] = Run{disk, min(clusterBytes, s.size-disk), layer.file, at}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	below, err := runsIn(s.base, first, end)
	if err != nil {
		return err
	}
	var pending Run
	add := func(next Run) error {
		if pending.File == next.File && pending.Start+pending.Length == next.Start && pending.At+pending.Length == next.At {
			pending.Length += next.Length
			return nil
		}
		last := pending
		pending = next
		if last.Length == 0 {
			return nil
		}
		return visit(last)
	}
	for disk := first; disk < end; disk += clusterBytes {
		run, above := found[disk]
		if above && run.At != 0 {
			err = add(run)
		} else if !above {
			for len(below) > 0 && below[0].end <= disk {
				below = below[1:]
			}
			for _, r := range below {
				from, to := max(r.start, disk), min(r.end, disk+clusterBytes)
				if from >= to {
					break
				}
				if err = add(Run{from, to - from, s.base, from}); err != nil {
					break
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return add(Run{})
}

type span struct{ start, end int64 }

func runsIn(file *os.File, first, end int64) (found []span, err error) {
	err = sparse.EachRunFrom(file, first, end, func(start, end int64) error {
		found = append(found, span{start, end})
		return nil
	})
	return found, err
}

// flatten makes the empty file the disk that the chain is.
func flatten(ctx context.Context, target *os.File, chain Chain) error {
	source, err := OpenSource(chain)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := target.Truncate(source.Size()); err != nil {
		return err
	}
	return source.EachRun(ctx, func(run Run) error {
		return sparse.CopyRange(ctx, target, run.File, run.Start, run.At, run.Length)
	})
}
