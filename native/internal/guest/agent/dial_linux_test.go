package agent

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	"sandboxfile/native/internal/link"
)

// A server that answers only when its input has ended gets to say its answer.
func TestDialCarriesTheEndOfEitherSide(t *testing.T) {
	folder := t.TempDir()
	unixServer, err := net.Listen("unix", filepath.Join(folder, "server"))
	if err != nil {
		t.Fatal(err)
	}
	tcpServer, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	client := serve(ctx, t, targetOn(t, folder))
	dialling := agentv1connect.NewDialServiceClient(client, link.BaseURL)
	for name, c := range map[string]struct {
		server net.Listener
		target *agentv1.DialTarget
	}{
		"unix": {unixServer, &agentv1.DialTarget{Address: &agentv1.DialTarget_UnixPath{UnixPath: "/server"}}},
		"tcp": {tcpServer, &agentv1.DialTarget{
			Address: &agentv1.DialTarget_TcpPort{TcpPort: uint32(tcpServer.Addr().(*net.TCPAddr).Port)},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(func() { _ = c.server.Close() })
			go answerAtTheEnd(c.server)
			stream, err := dialling.Dial(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, request := range []*agentv1.DialRequest{
				{Kind: &agentv1.DialRequest_Target{Target: c.target}},
				{Kind: &agentv1.DialRequest_Data{Data: []byte("ping")}},
				{Kind: &agentv1.DialRequest_End{End: &agentv1.DialEnd{}}},
			} {
				if err := stream.Send(request); err != nil {
					t.Fatal(err)
				}
			}
			text := ""
			for {
				response, err := stream.Receive()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				text += string(response.GetData())
			}
			if text != "heard ping" {
				t.Fatalf("%q", text)
			}
		})
	}
}

func answerAtTheEnd(server net.Listener) {
	conn, err := server.Accept()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	heard, _ := io.ReadAll(conn)
	_, _ = conn.Write(append([]byte("heard "), heard...))
}

// The host's end may close and another one come: the agent serves it with what it has.
func TestServesTheNextHostAfterOneHungUp(t *testing.T) {
	guest := target(t)
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	for range 3 {
		near, far, err := socketPair()
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan struct{})
		go func() {
			defer close(served)
			link.Serve(ctx, far, guest.Handler())
			_ = far.Close()
		}()
		client := link.Open(near)
		// A call that is under way does not hold up the end.
		watching, err := agentv1connect.NewFileServiceClient(client, link.BaseURL).Watch(ctx, &agentv1.WatchRequest{Path: []byte("/")})
		if err != nil || !watching.Receive() {
			t.Fatal("nothing to watch", err)
		}
		if err := near.Close(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-served:
		case <-ctx.Done():
			t.Fatal("the agent does not see the hang-up")
		}
	}
	select {
	case <-guest.tree.Close():
	case <-ctx.Done():
		t.Fatal("a call outlived its link")
	}
}
