package port

import "bytes"

// marker finds an expected sequence of bytes in a stream that comes in pieces.
type marker struct {
	expected []byte
	last     []byte // of the stream, shorter than what is expected
}

func (m *marker) expect(bytes []byte) { m.expected, m.last = bytes, nil }

func (m *marker) armed() bool { return len(m.expected) > 0 }

// take is what was expected; nothing is from then on.
func (m *marker) take() []byte {
	taken := m.expected
	m.expected, m.last = nil, nil
	return taken
}

// find tells how much of the piece belongs before the end of the marker and what follows it. The
// beginning of a marker that comes in two pieces counts as before.
func (m *marker) find(piece []byte) (before int, after []byte, found bool) {
	if !m.armed() {
		return 0, nil, false
	}
	joined := append(m.last, piece...)
	if at := bytes.Index(joined, m.expected); at >= 0 {
		end := at + len(m.expected) - len(m.last)
		return max(at-len(m.last), 0), piece[end:], true
	}
	m.last = append([]byte(nil), joined[max(len(joined)-len(m.expected)+1, 0):]...)
	return 0, nil, false
}

// surely is how much of a marker's beginning is no accident: its bytes are random.
const surely = 8

// begins tells whether the bytes can be nothing else than the beginning of the marker.
func (m *marker) begins(bytes []byte) bool {
	return len(bytes) >= surely && len(bytes) < len(m.expected) && string(m.expected[:len(bytes)]) == string(bytes)
}
