package agent

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	"sandboxfile/native/internal/link"
)

// Clients that neither read, write nor leave must not keep the disk from being unmounted.
func TestStalledCallsLetGoOfTheTree(t *testing.T) {
	guest := target(t)
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	client := serve(ctx, t, guest)
	files := agentv1connect.NewFileServiceClient(client, link.BaseURL)
	put := func(name string, size int) {
		t.Helper()
		file, err := guest.tree.Open(name, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		if _, err := file.Write(bytes.Repeat([]byte("x"), size)); err != nil {
			t.Fatal(err)
		}
	}

	put("/large", 8<<20)
	reading, err := files.Read(ctx, &agentv1.ReadRequest{Path: []byte("/large")})
	if err != nil || !reading.Receive() {
		t.Fatal("nothing to read", err)
	}
	writing, err := files.Write(ctx)
	if err != nil {
		t.Fatal(err)
	}
	header := &agentv1.WriteHeader{Path: []byte("/written"), Create: true}
	if err := writing.Send(&agentv1.WriteRequest{Kind: &agentv1.WriteRequest_Header{Header: header}}); err != nil {
		t.Fatal(err)
	}
	watching, err := files.Watch(ctx, &agentv1.WatchRequest{Path: []byte("/")})
	if err != nil || !watching.Receive() {
		t.Fatal("nothing to watch", err)
	}
	// More than the stream's window holds.
	for i := range 4_000 {
		put("/"+strconv.Itoa(i)+string(bytes.Repeat([]byte("n"), 200)), 0)
	}
	// Whether all of them are stuck by now is their business: they must let go in any case.
	time.Sleep(300 * time.Millisecond)
	select {
	case <-guest.tree.Close():
	case <-ctx.Done():
		t.Fatal("the tree is still in use")
	}
}
