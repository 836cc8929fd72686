package fuse

import (
	"bytes"
	"encoding/binary"
	"errors"
)

const (
	// InHeaderBytes and OutHeaderBytes begin every request and every answer.
	InHeaderBytes  = 40
	OutHeaderBytes = 16
	// RootID is the node that a mount shows.
	RootID = 1
	// MaxNameBytes is what one path segment may have.
	MaxNameBytes = 255
	// MaxTargetBytes is what a symlink may hold.
	MaxTargetBytes = 4095
)

// ErrMalformed is the fault of a request that does not hold what its opcode needs.
var ErrMalformed = errors.New("malformed FUSE request")

// Header begins a request.
type Header struct {
	Length uint32
	Opcode Opcode
	Unique uint64
	Node   uint64
	UID    uint32
	GID    uint32
}

// ParseHeader reads the first InHeaderBytes.
func ParseHeader(head []byte) Header {
	return Header{
		Length: binary.LittleEndian.Uint32(head),
		Opcode: Opcode(binary.LittleEndian.Uint32(head[4:])),
		Unique: binary.LittleEndian.Uint64(head[8:]),
		Node:   binary.LittleEndian.Uint64(head[16:]),
		UID:    binary.LittleEndian.Uint32(head[24:]),
		GID:    binary.LittleEndian.Uint32(head[28:]),
	}
}

// Body takes a request's bytes after the header apart, in order. The first thing that lacks makes all
// that follows zero and is told by Err.
type Body struct {
	rest []byte
	err  error
}

// NewBody begins at the first byte after the header.
func NewBody(body []byte) *Body { return &Body{rest: body} }

// Err tells whether everything asked for was there.
func (b *Body) Err() error { return b.err }

// U32 is the next four bytes.
func (b *Body) U32() uint32 {
	if piece := b.take(4); piece != nil {
		return binary.LittleEndian.Uint32(piece)
	}
	return 0
}

// U64 is the next eight bytes.
func (b *Body) U64() uint64 {
	if piece := b.take(8); piece != nil {
		return binary.LittleEndian.Uint64(piece)
	}
	return 0
}

// Skip leaves bytes out.
func (b *Body) Skip(n int) { b.take(n) }

// Name is the next path segment: never empty, a way up, or several segments.
func (b *Body) Name() string {
	name := b.text(MaxNameBytes)
	if name == "" || name == "." || name == ".." || bytes.IndexByte([]byte(name), '/') >= 0 {
		b.fail()
		return ""
	}
	return name
}

// Target is the next text that a symlink is to hold.
func (b *Body) Target() string {
	target := b.text(MaxTargetBytes)
	if target == "" {
		b.fail()
	}
	return target
}

// Data is the next n bytes, part of the request's own.
func (b *Body) Data(n uint32) []byte {
	if uint64(n) > uint64(len(b.rest)) {
		b.fail()
		return nil
	}
	return b.take(int(n))
}

// text ends with a NUL, which is not part of it.
func (b *Body) text(limit int) string {
	end := bytes.IndexByte(b.rest, 0)
	if b.err != nil || end < 0 || end > limit {
		b.fail()
		return ""
	}
	text := string(b.rest[:end])
	b.rest = b.rest[end+1:]
	return text
}

func (b *Body) take(n int) []byte {
	if b.err != nil || n > len(b.rest) {
		b.fail()
		return nil
	}
	piece := b.rest[:n:n]
	b.rest = b.rest[n:]
	return piece
}

func (b *Body) fail() { b.err, b.rest = ErrMalformed, nil }
