package hello

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"
)

func TestNameOfAClient(t *testing.T) {
	for _, name := range []string{"api.example.com", "API.Example.com", ""} {
		client, server := net.Pipe()
		go func() {
			config := &tls.Config{ServerName: name, InsecureSkipVerify: true}
			_ = tls.Client(client, config).Handshake()
		}()
		heard, err := Read(server)
		want := map[string]string{"API.Example.com": "api.example.com"}[name]
		if want == "" {
			want = name
		}
		if err != nil || !heard.TLS || heard.Name != want {
			t.Fatalf("%q: %+v %v", name, heard, err)
		}
		// Its words are all there for the next: a record of a handshake, whole.
		head := make([]byte, 5)
		if _, err := io.ReadFull(heard, head); err != nil || head[0] != handshake {
			t.Fatalf("%x %v", head, err)
		}
		if _, err := io.ReadFull(heard, make([]byte, int(head[3])<<8|int(head[4]))); err != nil {
			t.Fatal(err)
		}
		_, _ = client.Close(), server.Close()
	}
}

func TestOtherProtocolsPass(t *testing.T) {
	client, server := net.Pipe()
	go func() { _, _ = client.Write([]byte("GET / HTTP/1.1\r\n")); _ = client.Close() }()
	heard, err := Read(server)
	if err != nil || heard.TLS || heard.Name != "" {
		t.Fatalf("%+v %v", heard, err)
	}
	if all, err := io.ReadAll(heard); err != nil || string(all) != "GET / HTTP/1.1\r\n" {
		t.Fatalf("%q %v", all, err)
	}
}

func TestWhatPretendsToBeTLSIsRefused(t *testing.T) {
	endless := bytes.Repeat([]byte{handshake, 3, 1, 0x3f, 0xff}, 1)
	for name, said := range map[string][]byte{
		"nonsense":  append([]byte{handshake}, bytes.Repeat([]byte{0xff}, 100)...),
		"cut short": {handshake, 3, 1, 0, 100, 1, 0, 0, 96},
		// Fragments of one message that claims to be of 16 MB.
		"endless": append(append(endless, 1, 0xff, 0xff, 0xff), bytes.Repeat([]byte{0}, 1<<16)...),
	} {
		client, server := net.Pipe()
		go func() { _, _ = client.Write(said); _ = client.Close() }()
		ended := make(chan error, 1)
		go func() { _, err := Read(server); ended <- err }()
		select {
		case err := <-ended:
			if err == nil {
				t.Errorf("%s passes", name)
			}
		case <-time.After(saysTime):
			t.Errorf("%s is waited for", name)
		}
		_ = server.Close()
	}
}
