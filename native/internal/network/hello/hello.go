// Package hello reads the first words of a connection: whether they begin TLS, and for which name. What
// was read is read again by whoever gets the connection next.
package hello

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

const (
	// maxBytes is more than any client begins with, keys against quantum computers included.
	maxBytes = 32 << 10
	// saysTime is for the rest of what has begun.
	saysTime = 10 * time.Second
	// handshake is the first byte of TLS.
	handshake = 0x16
)

// Conn is a connection whose first words have been read.
type Conn struct {
	net.Conn
	// TLS: it begins so. Name is whom it asks for: lower case, empty when it does not say.
	TLS  bool
	Name string

	said *bytes.Reader
}

// Read waits for the client's first words. A client that says nothing, because it waits for the server,
// is waited for.
func Read(conn net.Conn) (*Conn, error) {
	heard := &recorder{Conn: conn}
	first := make([]byte, 1)
	if _, err := io.ReadFull(heard, first); err != nil {
		return nil, err
	}
	result := &Conn{Conn: conn}
	if first[0] == handshake {
		if err := conn.SetReadDeadline(time.Now().Add(saysTime)); err != nil {
			return nil, err
		}
		result.TLS = true
		replayed := &replay{recorder: heard, first: bytes.NewReader(first)}
		err := tls.Server(replayed, &tls.Config{GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
			result.Name = strings.ToLower(strings.TrimSuffix(info.ServerName, "."))
			return nil, errHeard
		}}).Handshake()
		if !errors.Is(err, errHeard) {
			return nil, err
		}
		if err := conn.SetReadDeadline(time.Time{}); err != nil {
			return nil, err
		}
	}
	result.said = bytes.NewReader(heard.bytes)
	return result, nil
}

// errHeard ends a handshake that was only listened to.
var errHeard = errors.New("heard")

func (c *Conn) Read(buffer []byte) (int, error) {
	if c.said.Len() > 0 {
		return c.said.Read(buffer)
	}
	return c.Conn.Read(buffer)
}

// CloseWrite ends one direction, where the connection can.
func (c *Conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Conn.Close()
}

// recorder keeps what is read.
type recorder struct {
	net.Conn
	bytes []byte
}

func (r *recorder) Read(buffer []byte) (int, error) {
	if len(r.bytes) >= maxBytes {
		return 0, errors.New("the client's first words do not end")
	}
	n, err := r.Conn.Read(buffer[:min(len(buffer), maxBytes-len(r.bytes))])
	r.bytes = append(r.bytes, buffer[:n]...)
	return n, err
}

// replay is for a handshake that leads to nothing: it begins again, and nobody is answered.
type replay struct {
	*recorder
	first *bytes.Reader
}

func (r *replay) Read(buffer []byte) (int, error) {
	if r.first.Len() > 0 {
		return r.first.Read(buffer)
	}
	return r.recorder.Read(buffer)
}

func (r *replay) Write(buffer []byte) (int, error) { return len(buffer), nil }
func (r *replay) Close() error                     { return nil }
