package pool

import (
	"bufio"
	"net"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	machinev1 "sandboxfile/native/gen/menv/machine/v1"
)

const (
	maxRequest = 64 << 10
	// requestTime is what a front end gets for its first request, sendTime what it gets to take a line.
	requestTime = 5 * time.Second
	sendTime    = 5 * time.Second
	// maxFronts bounds the connections that keep the pool.
	maxFronts = 256
)

// serve answers the requests of one connection.
func (k *keeper) serve(conn *net.UnixConn) {
	_ = conn.SetReadDeadline(time.Now().Add(requestTime))
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, 4<<10), maxRequest)
	keeps := false
	defer func() {
		if keeps {
			k.leave(conn)
		}
	}()
	for lines.Scan() {
		request := &machinev1.PoolRequest{}
		if (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(lines.Bytes(), request) != nil {
			return
		}
		switch {
		case request.GetEnd() != nil:
			k.lost()
			<-k.ended
			return
		case !k.build.is(request.GetMenv()):
			return
		case request.GetClaim() != nil:
			k.claim(conn, request.GetClaim())
			return
		case request.GetKeep() == nil || !k.keep(conn, request.GetKeep()):
			return
		case !keeps:
			keeps = true
			_ = conn.SetReadDeadline(time.Time{})
			go k.report(conn)
		}
	}
	_ = lines.Err() // a front end that has gone, or talks nonsense, is left either way
}

// keep makes the connection one of those that the pool lives for.
func (k *keeper) keep(conn *net.UnixConn, request *machinev1.PoolKeep) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.life.Err() != nil || len(k.fronts) >= maxFronts {
		return false
	}
	k.fronts[conn] = request
	for _, guest := range slices.Backward(request.GetGuests()) {
		if kind := kindOf(guest); kind != nil {
			k.remember(kind)
		}
	}
	k.change()
	return true
}

func (k *keeper) leave(conn *net.UnixConn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.fronts, conn)
	if len(k.fronts) == 0 {
		k.lost()
	}
	k.change()
}

// claim hands the connection to a member. Without one the connection ends.
func (k *keeper) claim(conn *net.UnixConn, guest *machinev1.MachineSpec) {
	for {
		member := k.take(guest)
		if member == nil {
			return
		}
		err := give(member.conn, conn)
		member.dismiss() // it has its front end, or is of no use
		if err == nil {
			return
		}
	}
}

// take prefers a guest that has rehearsed with the image. One that has rehearsed with another is none: that image's
// programs have run in it.
func (k *keeper) take(guest *machinev1.MachineSpec) *member {
	wanted := kindOf(guest)
	if wanted == nil {
		return nil
	}
	general := wanted.forAny()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.life.Err() != nil {
		return nil
	}
	k.remember(general)
	k.remember(wanted)
	k.quiet = time.Now().Add(quietTime)
	defer k.change()
	for _, id := range []string{wanted.id, general.id} {
		at := slices.IndexFunc(k.members, func(m *member) bool { return m.kind == id && m.isReady })
		if at >= 0 {
			taken := k.members[at]
			k.members = slices.Delete(k.members, at, at+1)
			return taken
		}
	}
	return nil
}

// report tells a front end how the pool is until it goes.
func (k *keeper) report(conn *net.UnixConn) {
	for {
		k.mu.Lock()
		state, changed := k.state(), k.changed
		k.mu.Unlock()
		_ = conn.SetWriteDeadline(time.Now().Add(sendTime))
		if WriteLine(conn, state) != nil {
			conn.Close()
			return
		}
		select {
		case <-changed:
		case <-k.life.Done():
			return
		}
	}
}

// state needs k.mu.
func (k *keeper) state() *machinev1.PoolState {
	state := &machinev1.PoolState{}
	size := k.size()
	for range k.kinds {
		state.Wanted += uint32(size)
	}
	for _, member := range k.members {
		if member.isReady {
			state.Ready++
			state.Pids = append(state.Pids, uint32(member.pid))
		}
	}
	return state
}
