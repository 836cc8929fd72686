package secrets

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	networkv1 "sandboxfile/native/gen/menv/network/v1"
)

func testVault() *vault {
	return &vault{secrets: []*secret{
		{name: "TOKEN", placeholder: placeholder, value: value, hosts: []host{{api, 443}}},
		{name: "OTHER", placeholder: otherHolder, value: otherValue, hosts: []host{{"*.example.org", 8443}}},
	}}
}

func FuzzFill(f *testing.F) {
	f.Add("Bearer "+placeholder, "a=1&b="+placeholder, true)
	f.Add("Basic dXNlcjpzYW5kYm94X3NlY3JldF8wMTIzNDU2Nzg5YWJjZGVm", otherHolder, true)
	f.Add(placeholder+otherHolder, "%zz", false)
	f.Fuzz(func(t *testing.T, header, query string, named bool) {
		if strings.Contains(header+query, value) || strings.Contains(header+query, otherValue) {
			t.Skip()
		}
		v, name := testVault(), "www.example.com"
		if named {
			name = api
		}
		request := &http.Request{Header: http.Header{"X": {header}}, URL: &url.URL{RawQuery: query}}
		_, err := v.fill(request, name, 443)
		got := request.Header.Get("X") + "\n" + request.URL.RawQuery
		if !named && got != header+"\n"+query {
			t.Errorf("for another host %q became %q", header+"\n"+query, got)
		}
		if err == nil && named && strings.Contains(got, placeholder) {
			t.Errorf("%q is not filled in", got)
		}
		if strings.Contains(got, otherValue) {
			t.Errorf("another host's secret is in %q", got)
		}
		answer := http.Header{"X": {got}}
		v.clean(answer)
		if strings.Contains(answer.Get("X"), value) {
			t.Errorf("the answer has %q", answer.Get("X"))
		}
	})
}

func TestReadRefuses(t *testing.T) {
	secret := func(change func(*networkv1.Secret)) *networkv1.Secret {
		one := &networkv1.Secret{Name: "A", Placeholder: placeholder, Value: value, Hosts: []*networkv1.SecretHost{{Domain: api, Port: 443}}}
		change(one)
		return one
	}
	b := newBench(t, func(http.ResponseWriter, *http.Request) {})
	key, err := b.project.Key()
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]*networkv1.Secret{
		"none":      {},
		"too many":  make([]*networkv1.Secret, MaxSecrets+1),
		"short":     {secret(func(s *networkv1.Secret) { s.Value = "short" })},
		"two lines": {secret(func(s *networkv1.Secret) { s.Value += "\r\nX-Other: y" })},
		"long":      {secret(func(s *networkv1.Secret) { s.Value = strings.Repeat("x", maxText+1) })},
		"no port":   {secret(func(s *networkv1.Secret) { s.Hosts[0].Port = 0 })},
		"no name":   {secret(func(s *networkv1.Secret) { s.Name = "" })},
	} {
		_, err := read(&networkv1.Vault{Certificate: b.project.Certificate.Raw, Key: key, Secrets: list})
		if err == nil || strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNames(t *testing.T) {
	v := testVault()
	for _, row := range []struct {
		name string
		port uint16
		want bool
	}{
		{api, 443, true}, {api, 8443, false}, {"x." + api, 443, false}, {"a.example.org", 8443, true},
		{"a.b.example.org", 8443, true}, {"example.org", 8443, false}, {"badexample.org", 8443, false}, {"", 443, false},
	} {
		if v.isFor(row.name, row.port) != row.want {
			t.Errorf("%s:%d is not %v", row.name, row.port, row.want)
		}
	}
}
