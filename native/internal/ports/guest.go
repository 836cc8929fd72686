package ports

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"connectrpc.com/connect"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	"sandboxfile/native/internal/link"
)

const (
	// arriveTime is what a connection waits for a guest that is starting.
	arriveTime = 60 * time.Second
	settleTime = 5 * time.Second
)

// newGuest is the agent's dial. client's calls are not bounded in number: the table's are.
func newGuest(client connect.HTTPClient) agentv1connect.DialServiceClient {
	return agentv1connect.NewDialServiceClient(cancellable{client}, link.BaseURL, link.CallOptions())
}

// cancellable resets a stream when its context ends: HTTP/2's client does not look at it while it
// waits for more to send.
type cancellable struct{ client connect.HTTPClient }

func (c cancellable) Do(request *http.Request) (*http.Response, error) {
	context.AfterFunc(request.Context(), func() { _ = request.Body.Close() })
	return c.client.Do(request)
}

// line is one connection to a server in the guest.
type line struct {
	stream *connect.BidiStreamForClientSimple[agentv1.DialRequest, agentv1.DialResponse]
}

// errBroken is a guest that breaks the protocol.
var errBroken = errors.New("the guest broke the protocol")

// dial asks for a connection once there is a guest to ask. What is said at once goes along: nobody waits for the
// answer, for which see connected. The end of ctx ends the line.
func (t *Table) dial(ctx context.Context, target *agentv1.DialTarget) (*line, error) {
	limit := time.NewTimer(arriveTime)
	defer limit.Stop()
	select {
	case <-t.arrived:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-limit.C:
		return nil, context.DeadlineExceeded
	}
	stream, err := t.guest.Dial(ctx)
	if err != nil {
		return nil, err
	}
	l := &line{stream}
	if err := stream.Send(&agentv1.DialRequest{Kind: &agentv1.DialRequest_Target{Target: target}}); err != nil {
		return nil, l.reason(err)
	}
	return l, nil
}

// connected returns when the guest's server has accepted. It comes before anything is heard.
func (l *line) connected() error {
	first, err := l.stream.Receive()
	if err != nil {
		return err
	}
	if first.GetConnected() == nil {
		return errBroken
	}
	return nil
}

// say sends bytes or one datagram.
func (l *line) say(data []byte) error {
	return l.stream.Send(&agentv1.DialRequest{Kind: &agentv1.DialRequest_Data{Data: data}})
}

// end tells the server that no more is said.
func (l *line) end() error {
	return l.stream.Send(&agentv1.DialRequest{Kind: &agentv1.DialRequest_End{End: &agentv1.DialEnd{}}})
}

// hear is what the server says next; io.EOF after the last of it.
func (l *line) hear() ([]byte, error) {
	response, err := l.stream.Receive()
	if err != nil {
		return nil, err
	}
	switch kind := response.GetKind().(type) {
	case *agentv1.DialResponse_Data:
		if len(kind.Data) <= link.MaxDataBytes {
			return kind.Data, nil
		}
	case *agentv1.DialResponse_End:
		return nil, io.EOF
	}
	return nil, errBroken
}

// settle returns when the agent, which has heard and said the last of it, has ended the line too.
func (l *line) settle(cancel context.CancelFunc) {
	limit := time.AfterFunc(settleTime, cancel)
	defer limit.Stop()
	_, _ = l.stream.Receive()
}

// reason finds why a stream that cannot be sent on has ended.
func (l *line) reason(err error) error {
	if _, why := l.stream.Receive(); why != nil {
		return why
	}
	return err
}
