package secrets

import (
	"bytes"
	"net"

	"sandboxfile/native/internal/network/hello"
	"sandboxfile/native/internal/network/policy"
)

// heardBytes is how far into a connection without TLS placeholders are looked for.
const heardBytes = 64 << 10

// listener is a connection of a guest's that goes on as it is; a placeholder in its beginning is told of.
type listener struct {
	*hello.Conn
	vault *vault
	tell  func(*secret)
	left  int
	tail  []byte // what may be the beginning of a placeholder
	told  map[*secret]bool
}

func (i *Interceptor) listen(heard *hello.Conn, to policy.Destination) net.Conn {
	name := ""
	if len(to.Names) > 0 {
		name = to.Names[len(to.Names)-1]
	}
	return &listener{
		Conn: heard, vault: i.vault, left: heardBytes, told: make(map[*secret]bool),
		tell: func(s *secret) {
			i.observer.SecretMet(Event{Secret: s.name, Host: name, Port: to.Port, Reason: "not encrypted"})
		},
	}
}

func (l *listener) Read(buffer []byte) (int, error) {
	n, err := l.Conn.Read(buffer)
	if l.left > 0 {
		l.hear(buffer[:n])
	}
	return n, err
}

func (l *listener) hear(data []byte) {
	l.left -= len(data)
	l.tail = append(l.tail, data...)
	longest := 0
	for _, s := range l.vault.secrets {
		longest = max(longest, len(s.placeholder))
		if !l.told[s] && bytes.Contains(l.tail, []byte(s.placeholder)) {
			l.told[s] = true
			l.tell(s)
		}
	}
	l.tail = append(l.tail[:0], l.tail[max(0, len(l.tail)-longest+1):]...)
}
