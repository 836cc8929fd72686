package ports

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
)

const (
	// silence ends a conversation.
	silence = 2 * time.Minute
	// waiting datagrams of one conversation; more are dropped, as networks do.
	waiting = 32
)

// receive serves one UDP socket until ctx ends: one conversation with the guest for each address that
// sends.
func (t *Table) receive(ctx context.Context, conn *net.UDPConn, guest uint32) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	buffer := make([]byte, chunkBytes)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// An earlier answer found nobody.
			continue
		}
		talk := t.talks.with(conn, from, func(talk *conversation) {
			talkCtx, cancel := context.WithCancel(ctx)
			talk.cancel = cancel
			go func() {
				defer t.talks.drop(talk)
				defer cancel()
				t.converse(talkCtx, talk, guest)
			}()
		})
		select {
		case talk.queue <- append([]byte(nil), buffer[:n]...):
		default:
		}
	}
}

// converse carries datagrams both ways until both have been silent for long.
func (t *Table) converse(ctx context.Context, talk *conversation, guest uint32) {
	server, err := t.dial(ctx, &agentv1.DialTarget{Address: &agentv1.DialTarget_UdpPort{UdpPort: guest}})
	if err != nil {
		return
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if server.connected() != nil {
			return
		}
		for {
			data, err := server.hear()
			if err != nil {
				return
			}
			t.talks.touch(talk)
			_, _ = talk.conn.WriteToUDPAddrPort(data, talk.peer)
		}
	}()
	for {
		rest := time.Until(t.talks.last(talk).Add(silence))
		if rest <= 0 {
			return
		}
		select {
		case data := <-talk.queue:
			if server.say(data) != nil {
				return
			}
			t.talks.touch(talk)
		case <-time.After(rest):
		case <-ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// conversation is with one address of the host, at one socket.
type conversation struct {
	conn   *net.UDPConn
	peer   netip.AddrPort
	queue  chan []byte
	heard  time.Time // guarded by conversations.mu
	cancel context.CancelFunc
}

type talkKey struct {
	conn *net.UDPConn
	peer netip.AddrPort
}

// conversations are bounded in number.
type conversations struct {
	limit int
	mu    *sync.Mutex
	all   map[talkKey]*conversation
}

func newConversations(limit int) conversations {
	return conversations{limit: limit, mu: &sync.Mutex{}, all: make(map[talkKey]*conversation)}
}

// with is the conversation with peer, which begin starts if there is none. The longest silent one makes
// room.
func (c *conversations) with(conn *net.UDPConn, peer netip.AddrPort, begin func(*conversation)) *conversation {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := talkKey{conn, peer}
	if known := c.all[key]; known != nil {
		known.heard = time.Now()
		return known
	}
	if len(c.all) == c.limit {
		var oldest *conversation
		for _, each := range c.all {
			if oldest == nil || each.heard.Before(oldest.heard) {
				oldest = each
			}
		}
		oldest.cancel()
		delete(c.all, talkKey{oldest.conn, oldest.peer})
	}
	talk := &conversation{conn: conn, peer: peer, queue: make(chan []byte, waiting), heard: time.Now()}
	c.all[key] = talk
	begin(talk)
	return talk
}

func (c *conversations) touch(talk *conversation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	talk.heard = time.Now()
}

func (c *conversations) last(talk *conversation) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return talk.heard
}

// drop forgets an ended conversation, unless another one has its place.
func (c *conversations) drop(talk *conversation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := talkKey{talk.conn, talk.peer}
	if c.all[key] == talk {
		delete(c.all, key)
	}
}
