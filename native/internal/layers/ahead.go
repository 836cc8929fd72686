package layers

import (
	"context"
	"errors"
	"hash"
	"io"
	"sync"
)

// ahead reads on a goroutine of its own and hashes on another, so that its reader finds the bytes
// ready. It takes memory as far as its reader falls behind.
type ahead struct {
	ctx     context.Context
	free    chan *memory
	filled  chan block
	hashed  chan block
	current block
	rest    []byte // of the current block
	workers sync.WaitGroup
}

// block is what one goroutine hands to the next; the last one has an error.
type block struct {
	memory *memory // nil if not even the first byte could be asked for
	count  int
	err    error
}

const blockSize = 256 << 10

type memory [blockSize]byte

// Many layers are small.
var memories = sync.Pool{New: func() any { return new(memory) }}

// readAhead opens and reads until the context ends. The sum, which may be nil, is complete when
// Read has returned io.EOF.
func readAhead(ctx context.Context, blocks int, sum hash.Hash, open func() (io.ReadCloser, error)) *ahead {
	a := &ahead{ctx: ctx, free: make(chan *memory, blocks), filled: make(chan block, blocks+1), hashed: make(chan block, blocks+1)}
	a.workers.Go(func() {
		defer close(a.filled)
		source, err := open()
		if err != nil {
			a.filled <- block{err: err}
			return
		}
		a.fill(source, blocks)
	})
	a.workers.Go(func() {
		defer close(a.hashed)
		for block := range a.filled {
			if sum != nil {
				sum.Write(block.data())
			}
			a.hashed <- block
		}
	})
	return a
}

// fill waits for nothing but memory: the channels have room for all blocks and one more.
func (a *ahead) fill(source io.ReadCloser, blocks int) {
	for taken := 0; ; {
		memory, err := a.take(&taken, blocks)
		count := 0
		for count < blockSize && err == nil {
			var n int
			n, err = source.Read(memory[count:])
			count += n
		}
		if err != nil {
			if closed := source.Close(); errors.Is(err, io.EOF) && closed != nil {
				err = closed
			}
		}
		a.filled <- block{memory: memory, count: count, err: err}
		if err != nil {
			return
		}
	}
}

func (a *ahead) take(taken *int, blocks int) (*memory, error) {
	select {
	case free := <-a.free:
		return free, nil
	default:
	}
	if *taken < blocks {
		*taken++
		return memories.Get().(*memory), nil
	}
	select {
	case free := <-a.free:
		return free, nil
	case <-a.ctx.Done():
		return nil, a.ctx.Err()
	}
}

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.current.err != nil {
			return 0, a.current.err
		}
		if a.current.memory != nil {
			a.free <- a.current.memory
		}
		a.current = <-a.hashed
		a.rest = a.current.data()
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// wait waits for the goroutines, which end with what they read or with the context. Nothing may be
// read any more.
func (a *ahead) wait() {
	a.workers.Wait()
	close(a.free)
	for free := range a.free {
		memories.Put(free)
	}
	for block := range a.hashed {
		block.release()
	}
	a.current.release()
}

func (b block) data() []byte {
	if b.memory == nil {
		return nil
	}
	return b.memory[:b.count]
}

func (b block) release() {
	if b.memory != nil {
		memories.Put(b.memory)
	}
}
