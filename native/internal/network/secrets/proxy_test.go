package secrets

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"sandboxfile/native/internal/authority"
)

func ask(t *testing.T, client *http.Client, request *http.Request) (*http.Response, string) {
	t.Helper()
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func newRequest(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// The value is in what the host gets, in both versions of HTTP, and not in the head of what it answers.
func TestReplaced(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		b := newBench(t, func(to http.ResponseWriter, request *http.Request) {
			user, password, _ := request.BasicAuth()
			to.Header().Set("X-Echo", request.Header.Get("X-Key"))
			to.Header().Set("Location", "/?"+request.URL.RawQuery)
			to.Header().Set("Link", request.Header.Get("X-Key"))
			to.WriteHeader(http.StatusEarlyHints)
			to.Header().Set("Trailer", "X-Last")
			body, _ := io.ReadAll(request.Body)
			fmt.Fprintf(to, "%s\n%s %s\n%s\n%s\n%s\n%s", request.Header.Get("X-Key"), user, password, request.URL.Query().Get("key"), body,
				request.Header.Get("X-Other"), request.Header.Get("X-Forwarded-For"))
			_ = http.NewResponseController(to).Flush() // its length is not told
			to.Header().Set("X-Last", request.Header.Get("X-Key"))
		})
		request := newRequest(t, http.MethodPost, b.url("/a//b?x=1;2&key="+placeholder), strings.NewReader("body "+placeholder))
		request.Header.Set("X-Key", "Bearer "+placeholder)
		request.Header.Set("X-Other", otherHolder)
		request.SetBasicAuth("user", placeholder)
		answer, body := ask(t, b.client(h2, api), request)
		want := "Bearer " + value + "\nuser " + value + "\n" + value + "\nbody " + placeholder + "\n" + otherHolder + "\n"
		if body != want {
			t.Errorf("the host got %q", body)
		}
		if answer.ProtoMajor == 2 != h2 || answer.StatusCode != http.StatusOK {
			t.Errorf("%s %s", answer.Proto, answer.Status)
		}
		for _, name := range []string{"X-Echo", "Link"} {
			if got := answer.Header.Get(name); got != "Bearer "+placeholder {
				t.Errorf("%s: %q", name, got)
			}
		}
		if got := answer.Header.Get("Location"); got != "/?x=1;2&key="+placeholder {
			t.Errorf("location %q", got)
		}
		if got := answer.Trailer.Get("X-Last"); got != "Bearer "+placeholder {
			t.Errorf("the trailer %q", got)
		}
		if got := b.met(); got != "TOKEN "+api+" \nOTHER "+api+" not for this host\n" && got != "OTHER "+api+" not for this host\nTOKEN "+api+" \n" {
			t.Errorf("noted: %q", got)
		}
	}
}

// Parts of an answer arrive when they are sent, and so do those of a request.
func TestStreams(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		b := newBench(t, func(to http.ResponseWriter, request *http.Request) {
			_ = http.NewResponseController(to).EnableFullDuplex()
			for lines := bufio.NewScanner(request.Body); lines.Scan(); {
				fmt.Fprintf(to, "heard %s\n", lines.Text())
				_ = http.NewResponseController(to).Flush()
			}
		})
		reader, writer := io.Pipe()
		go fmt.Fprintln(writer, "one")
		client := b.client(h2, api)
		answer, err := client.Do(newRequest(t, http.MethodPost, b.url("/"), reader))
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(answer.Body)
		for _, word := range []string{"one", "two", "three"} {
			if line, err := lines.ReadString('\n'); err != nil || line != "heard "+word+"\n" {
				t.Fatalf("%q, %v", line, err)
			}
			switch word {
			case "one":
				fmt.Fprintln(writer, "two")
			case "two":
				fmt.Fprintln(writer, "three")
			}
		}
		writer.Close()
		if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
			t.Errorf("%q, %v", rest, err)
		}
		answer.Body.Close()
	}
}

// A connection that becomes something else, as a WebSocket does, goes on as that.
func TestUpgrade(t *testing.T) {
	b := newBench(t, func(to http.ResponseWriter, request *http.Request) {
		conn, both, err := http.NewResponseController(to).Hijack()
		if err != nil || request.Header.Get("X-Key") != value {
			http.Error(to, "no", http.StatusBadRequest)
			return
		}
		defer conn.Close()
		fmt.Fprintf(both, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Echo: %s\r\n\r\n", value)
		_ = both.Flush()
		line, _ := both.ReadString('\n')
		fmt.Fprintf(both, "heard %s", line)
		_ = both.Flush()
	})
	conn := b.secured(api)
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Key: %s\r\n\r\n", api, placeholder)
	both := bufio.NewReader(conn)
	answer, err := http.ReadResponse(both, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols || answer.Header.Get("X-Echo") != placeholder {
		t.Fatalf("%v, %v", answer, err)
	}
	fmt.Fprintln(conn, "a frame")
	if line, err := both.ReadString('\n'); err != nil || line != "heard a frame\n" {
		t.Errorf("%q, %v", line, err)
	}
}

// secured is a TLS connection of the guest's, without ALPN.
func (b *bench) secured(name string) *tls.Conn {
	b.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(b.project.Certificate)
	conn := tls.Client(b.connect(b.port, api), &tls.Config{RootCAs: roots, ServerName: name})
	if err := conn.HandshakeContext(b.Context()); err != nil {
		b.Fatal(err)
	}
	return conn
}

// A request that names another host than its connection does not reach the host with the value.
func TestOtherHost(t *testing.T) {
	b := newBench(t, func(http.ResponseWriter, *http.Request) { t.Error("the host was asked") })
	request := newRequest(t, http.MethodGet, b.url("/"), nil)
	request.Host = "attacker.test"
	request.Header.Set("X-Key", placeholder)
	if answer, _ := ask(t, b.client(true, api), request); answer.StatusCode != http.StatusMisdirectedRequest {
		t.Error(answer.Status)
	}
}

// A named host is no way to others: what is said after a CONNECT would go there with the value.
func TestConnect(t *testing.T) {
	b := newBench(t, func(http.ResponseWriter, *http.Request) { t.Error("the host was asked") })
	for _, words := range []string{"CONNECT attacker.test:443 HTTP/1.1\r\nHost: attacker.test:443", "CONNECT " + api + ":443 HTTP/1.1\r\nHost: " + api} {
		conn := b.secured(api)
		fmt.Fprintf(conn, "%s\r\nProxy-Authorization: %s\r\n\r\n", words, placeholder)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || answer.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%v, %v", answer, err)
		}
	}
}

// Who only has the address, or another name for it, is not given the value: TLS goes on to the host as it is.
func TestUntouched(t *testing.T) {
	b := newBench(t, func(to http.ResponseWriter, request *http.Request) { fmt.Fprint(to, request.Header.Get("X-Key")) })
	for _, row := range []struct{ resolved, asked string }{{api, "front.test"}, {"x.example.org", api}} {
		roots := x509.NewCertPool()
		roots.AddCert(world.Certificate)
		conn := tls.Client(b.connect(b.port, row.resolved), &tls.Config{RootCAs: roots, ServerName: row.asked})
		fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nX-Key: %s\r\n\r\n", row.asked, placeholder)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(answer.Body); string(body) != placeholder {
			t.Errorf("resolved %s and asked for %s: the host got %q", row.resolved, row.asked, body)
		}
	}
}

// Without TLS the placeholder is what is sent, and that is noted.
func TestNotEncrypted(t *testing.T) {
	b := newBench(t, func(http.ResponseWriter, *http.Request) { t.Error("the host was asked") })
	for _, port := range []uint16{80, b.port} {
		conn := b.connect(port, api)
		// A TLS server answers with an alert, so it was asked without TLS.
		for _, part := range []string{"GET / HTTP/1.1\r\nX-Key: " + placeholder[:9], placeholder[9:] + "\r\n\r\n"} {
			if _, err := io.WriteString(conn, part); err != nil {
				break
			}
		}
		heard, _ := io.ReadAll(conn)
		if strings.Contains(string(heard), value) {
			t.Errorf("%q", heard)
		}
	}
	if want := "TOKEN " + api + " not encrypted\n"; b.met() != want+want {
		t.Errorf("noted: %q", b.met())
	}
}

// A host that cannot prove who it is gets nothing.
func TestUntrustedHost(t *testing.T) {
	stranger, err := authority.Ensure(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := newBenchWith(t, stranger, func(http.ResponseWriter, *http.Request) { t.Error("the host was asked") })
	request := newRequest(t, http.MethodGet, b.url("/"), nil)
	request.Header.Set("X-Key", placeholder)
	answer, body := ask(t, b.client(true, api), request)
	if answer.StatusCode != http.StatusBadGateway || !strings.Contains(body, "does not trust") {
		t.Errorf("%s: %s", answer.Status, body)
	}
}

// A request cannot become endlessly long, and a password that is only a placeholder's beginning stays.
func TestTooMany(t *testing.T) {
	b := newBench(t, func(http.ResponseWriter, *http.Request) { t.Error("the host was asked") })
	request := newRequest(t, http.MethodGet, b.url("/"), nil)
	request.Header.Set("X-Key", strings.Repeat(placeholder, maxReplaced+1))
	answer, body := ask(t, b.client(false, api), request)
	if answer.StatusCode != http.StatusBadRequest || strings.Contains(body, value) {
		t.Errorf("%s: %s", answer.Status, body)
	}
	request = newRequest(t, http.MethodGet, b.url("/"), nil)
	request.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(strings.Repeat(placeholder, maxReplaced+1))))
	if answer, _ := ask(t, b.client(false, api), request); answer.StatusCode != http.StatusBadRequest {
		t.Error(answer.Status)
	}
}
