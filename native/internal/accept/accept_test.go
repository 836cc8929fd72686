package accept

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"syscall"
	"testing"
)

func TestGoesOnAfterAFailureAndEndsWithTheListener(t *testing.T) {
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("unix", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	failures := 2
	accept := func() (net.Conn, error) {
		if failures > 0 {
			failures--
			return nil, syscall.EMFILE
		}
		return listener.Accept()
	}
	taken := 0
	for conn := range All(accept) {
		taken++
		conn.Close()
		listener.Close()
	}
	if taken != 1 || failures != 0 {
		t.Errorf("%d connections, %d failures left", taken, failures)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the client sees %v", err)
	}
}
