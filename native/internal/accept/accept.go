// Package accept takes the connections of a listener.
package accept

import (
	"errors"
	"iter"
	"net"
	"time"
)

// pause follows a failed accept. The cause is a lack of descriptors: there is no event for their return.
const pause = 20 * time.Millisecond

// All are the connections of the listener whose method it is given, until the listener is closed.
func All[C net.Conn](accept func() (C, error)) iter.Seq[C] {
	return func(serve func(C) bool) {
		for {
			conn, err := accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(pause)
				continue
			}
			if !serve(conn) {
				return
			}
		}
	}
}
