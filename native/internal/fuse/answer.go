package fuse

import (
	"encoding/binary"
	"slices"
)

// Answer is a message to the kernel, built front to back.
type Answer struct{ message []byte }

// NewAnswer begins an answer in buffer, whose content is dropped.
func NewAnswer(buffer []byte) *Answer {
	return &Answer{append(buffer[:0], make([]byte, OutHeaderBytes)...)}
}

// Finish gives the answer to a request: an errno alone, or 0 and the body.
func (a *Answer) Finish(unique uint64, errno uint32) []byte {
	if errno != 0 {
		a.message = a.message[:OutHeaderBytes]
	}
	return a.head(unique, -errno)
}

// Notice gives a message that answers nothing. unique carries what the wire adds to it.
func (a *Answer) Notice(unique uint64, code uint32) []byte { return a.head(unique, code) }

// Size is the length of the body so far.
func (a *Answer) Size() int { return len(a.message) - OutHeaderBytes }

// U32 adds four bytes for each value.
func (a *Answer) U32(values ...uint32) {
	for _, value := range values {
		a.message = binary.LittleEndian.AppendUint32(a.message, value)
	}
}

// U64 adds eight bytes for each value.
func (a *Answer) U64(values ...uint64) {
	for _, value := range values {
		a.message = binary.LittleEndian.AppendUint64(a.message, value)
	}
}

// Text adds text as it is.
func (a *Answer) Text(text string) { a.message = append(a.message, text...) }

// Room is where up to n bytes may be put; Fill adds what was put there.
func (a *Answer) Room(n int) []byte {
	a.message = slices.Grow(a.message, n)
	end := len(a.message)
	return a.message[end : end+n]
}

// Fill adds the first n bytes of the last Room.
func (a *Answer) Fill(n int) { a.message = a.message[:len(a.message)+n] }

func (a *Answer) head(unique uint64, code uint32) []byte {
	binary.LittleEndian.PutUint32(a.message, uint32(len(a.message)))
	binary.LittleEndian.PutUint32(a.message[4:], code)
	binary.LittleEndian.PutUint64(a.message[8:], unique)
	return a.message
}
