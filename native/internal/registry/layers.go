package registry

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
	"sandboxfile/native/internal/blobs"
)

// Stage of a layer, in the words of the protocol.
type Stage string

// A layer waits for a place or another process, is there, or comes.
const (
	Waiting     Stage = "waiting"
	Exists      Stage = "exists"
	Downloading Stage = "downloading"
	Retrying    Stage = "retrying"
	Verifying   Stage = "verifying"
	Pushing     Stage = "pushing"
	Done        Stage = "done"
)

// Observer is told how far each layer and all of them are. It is called often, by many goroutines.
type Observer interface {
	Layer(digest v1.Hash, stage Stage, done, total int64)
	Total(done, total int64)
}

// Layer is a blob that a manifest names.
type Layer struct {
	Digest v1.Hash
	Size   int64
	// Foreign layers name other places to get them from. Those are not asked.
	Foreign bool
}

// Downloads are the layers of one image on their way into the store. They can be read while they
// come.
type Downloads struct {
	repository *Repository
	store      *blobs.Store
	observer   Observer
	layers     map[v1.Hash]*download
	done       atomic.Int64
	total      int64
	cancel     context.CancelFunc
	finished   chan struct{}
	err        error // once finished
}

type download struct {
	Layer
	number  int
	counted int64
	ready   chan struct{} // closed when writer is set or the layer is there
	writer  *blobs.Writer // nil: in the store
	err     error
}

func (l *download) String() string {
	text := fmt.Sprintf("layer %d (%s)", l.number, l.Digest)
	if l.Foreign {
		text += ", whose own URLs are not used"
	}
	return text
}

// Config brings an image's configuration into the store.
func (r *Repository) Config(ctx context.Context, store *blobs.Store, digest v1.Hash, size int64) error {
	writer, err := store.Write(ctx, digest, size)
	if err != nil || writer == nil {
		return err
	}
	defer writer.Close()
	move := &transfer{from: r, digest: digest, size: size, into: writer, observe: func(Stage, int64) {}}
	if err := move.run(ctx); err != nil {
		if local(err) {
			writer.Discard()
		}
		return r.name(fmt.Errorf("configuration (%s): %w", digest, err))
	}
	return nil
}

// Download begins, in the order given. Close must follow.
func (r *Repository) Download(ctx context.Context, store *blobs.Store, layers []Layer, observer Observer) *Downloads {
	ctx, cancel := context.WithCancel(ctx)
	d := &Downloads{
		repository: r, store: store, observer: observer, cancel: cancel,
		layers: make(map[v1.Hash]*download), finished: make(chan struct{}),
	}
	var order []*download
	for i, layer := range layers {
		if d.layers[layer.Digest] != nil {
			continue // images may have one layer several times
		}
		added := &download{Layer: layer, number: i + 1, ready: make(chan struct{})}
		d.layers[layer.Digest] = added
		d.total += layer.Size
		order = append(order, added)
		observer.Layer(layer.Digest, Waiting, 0, layer.Size)
	}
	go d.run(ctx, order)
	return d
}

func (d *Downloads) run(ctx context.Context, order []*download) {
	defer close(d.finished)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxDownloads)
	for _, layer := range order {
		group.Go(func() error {
			err := d.fetch(ctx, layer)
			if err != nil {
				err = d.repository.name(fmt.Errorf("%s: %w", layer, err))
			}
			layer.end(err)
			return err
		})
	}
	d.err = group.Wait()
}

func (d *Downloads) fetch(ctx context.Context, layer *download) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	writer, err := d.store.Write(ctx, layer.Digest, layer.Size)
	if err != nil {
		return err
	}
	if writer == nil {
		d.observe(layer, Exists, layer.Size)
		return nil
	}
	layer.writer = writer
	close(layer.ready)
	observe := func(stage Stage, done int64) { d.observe(layer, stage, done) }
	move := &transfer{from: d.repository, digest: layer.Digest, size: layer.Size, into: writer, observe: observe}
	if err := move.run(ctx); err != nil {
		if local(err) {
			writer.Discard() // a full disk needs the space more than the next attempt the bytes
		}
		return err
	}
	d.observe(layer, Done, layer.Size)
	return nil
}

// observe is called by one goroutine for each layer.
func (d *Downloads) observe(layer *download, stage Stage, done int64) {
	d.observer.Layer(layer.Digest, stage, done, layer.Size)
	all := d.done.Add(done - layer.counted)
	layer.counted = done
	d.observer.Total(all, d.total)
}

// end lets those go on who wait for the layer or follow it.
func (l *download) end(err error) {
	if l.writer == nil {
		l.err = err
		close(l.ready)
	} else if err != nil {
		l.writer.Fail(err)
	}
}

// Open reads a layer from its beginning, waiting for what has not come yet. The end comes only
// after the digest was right.
func (d *Downloads) Open(ctx context.Context, digest v1.Hash) (io.ReadCloser, error) {
	layer := d.layers[digest]
	select {
	case <-layer.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if layer.err != nil {
		return nil, layer.err
	}
	if layer.writer == nil {
		return d.store.Open(digest)
	}
	return layer.writer.Follow(ctx), nil
}

// Wait is over when all layers are in the store, or with the first failure.
func (d *Downloads) Wait() error {
	<-d.finished
	return d.err
}

// Failed is the failure that has ended the downloads, if one has so far.
func (d *Downloads) Failed() error {
	select {
	case <-d.finished:
		return d.err
	default:
		return nil
	}
}

// Close ends downloads under way and lets other processes write what was not finished.
func (d *Downloads) Close() {
	d.cancel()
	<-d.finished
	for _, layer := range d.layers {
		if layer.writer != nil {
			layer.writer.Close()
		}
	}
}
