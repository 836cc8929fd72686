package dns

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sync/semaphore"
)

const (
	// upstreamSize is what a server may answer over UDP: what fits into one packet nearly everywhere.
	upstreamSize = 1232
	// tryTime is what one server gets before the next is asked.
	tryTime = 2 * time.Second
	rounds  = 2
	// asking bounds the questions that are under way.
	asking = 512
)

// Upstream are the host's resolvers.
type Upstream struct {
	servers *Servers
	turns   *semaphore.Weighted
	dialer  net.Dialer
}

// NewUpstream asks the servers that the file names, in its order.
func NewUpstream(servers *Servers) *Upstream {
	return &Upstream{servers: servers, turns: semaphore.NewWeighted(asking)}
}

// Ask asks one server after the other.
func (u *Upstream) Ask(ctx context.Context, question dnsmessage.Question) (result, error) {
	if err := u.turns.Acquire(ctx, 1); err != nil {
		return result{}, err
	}
	defer u.turns.Release(1)
	var failed error
	for range rounds {
		for _, server := range u.servers.List() {
			found, err := u.askOne(ctx, server, question)
			if err == nil && usable(found.code) {
				return found, nil
			}
			if err == nil {
				err = fmt.Errorf("%s answers %s", server, found.code)
			}
			failed = errors.Join(failed, err)
			if ctx.Err() != nil {
				return result{}, failed
			}
		}
	}
	return result{}, failed
}

// usable: another server could not know better.
func usable(code dnsmessage.RCode) bool {
	return code == dnsmessage.RCodeSuccess || code == dnsmessage.RCodeNameError
}

func (u *Upstream) askOne(ctx context.Context, server netip.AddrPort, question dnsmessage.Question) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	found, truncated, err := u.exchange(ctx, "udp", server, question)
	if err == nil && truncated {
		found, _, err = u.exchange(ctx, "tcp", server, question)
	}
	return found, err
}

// exchange asks from a port, and under a number, that nobody can guess.
func (u *Upstream) exchange(ctx context.Context, network string, server netip.AddrPort, question dnsmessage.Question) (result, bool, error) {
	conn, err := u.dialer.DialContext(ctx, network, server.String())
	if err != nil {
		return result{}, false, err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return result{}, false, err
		}
	}
	var number [2]byte
	_, _ = rand.Read(number[:]) // never fails
	id := binary.BigEndian.Uint16(number[:])
	query, err := ask(id, question)
	if err != nil {
		return result{}, false, err
	}
	stream := network == "tcp"
	if stream {
		query = append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)
	}
	if _, err := conn.Write(query); err != nil {
		return result{}, false, err
	}
	for {
		response, err := receive(conn, stream)
		if err != nil {
			return result{}, false, err
		}
		if found, truncated, ok := readAnswer(id, question, response); ok {
			return found, truncated, nil
		}
		if stream {
			return result{}, false, fmt.Errorf("%s answers something else", server)
		}
	}
}

func receive(conn net.Conn, stream bool) ([]byte, error) {
	if !stream {
		buffer := make([]byte, mostSize)
		n, err := conn.Read(buffer)
		return buffer[:n], err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	response := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(conn, response)
	return response, err
}
