package vmm

import (
	"strings"
	"sync"
)

const maxTail = 4 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, data[max(len(data)-maxTail, 0):]...)
	if len(t.data) > maxTail {
		t.data = t.data[:copy(t.data, t.data[len(t.data)-maxTail:])]
	}
	return len(data), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(strings.TrimSpace(string(t.data)), "?")
}
