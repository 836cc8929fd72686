package watch

const (
	// MaxBatch bounds the changes of one delivery.
	MaxBatch      = 256
	maxBatchBytes = 256 << 10
)

// batch gathers changes for one delivery.
type batch struct {
	deliver func([]Change) error
	changes []Change
	bytes   int
	// changed has the paths whose last gathered change is one of their content: a further one adds
	// nothing.
	changed map[string]struct{}
}

func newBatch(deliver func([]Change) error) *batch {
	return &batch{deliver: deliver, changed: map[string]struct{}{}}
}

func (b *batch) add(change Change) error {
	if change.Kind != Changed {
		delete(b.changed, change.Path)
	} else if _, told := b.changed[change.Path]; told {
		return nil
	} else {
		b.changed[change.Path] = struct{}{}
	}
	b.changes = append(b.changes, change)
	b.bytes += len(change.Path)
	if len(b.changes) < MaxBatch && b.bytes < maxBatchBytes {
		return nil
	}
	return b.flush()
}

func (b *batch) flush() error {
	if len(b.changes) == 0 {
		return nil
	}
	err := b.deliver(b.changes)
	b.changes, b.bytes = b.changes[:0], 0
	clear(b.changed)
	return err
}
