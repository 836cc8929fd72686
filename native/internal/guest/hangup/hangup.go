// Package hangup breaks calls off from the server's side. A client that has stopped reading, or
// sending, holds its handler in the middle of the stream; the call's context alone does not free it.
package hangup

import (
	"context"
	"net/http"
	"sync"
	"time"
)

type key struct{}

// call is one call under way.
type call struct {
	mu     sync.Mutex
	writer *http.ResponseController // nil once the handler has returned
}

// Handler serves calls that Call can break off.
func Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{writer: http.NewResponseController(w)}
		defer c.leave()
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, c)))
	})
}

// Call breaks off the call that ctx belongs to: its stream is reset and the handler's reads and
// writes fail. A call that is over is left alone.
func Call(ctx context.Context) {
	c, ok := ctx.Value(key{}).(*call)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writer != nil {
		_ = c.writer.SetWriteDeadline(time.Unix(1, 0))
	}
}

func (c *call) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writer = nil
}
