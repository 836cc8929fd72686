package secrets

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// maxReplaced bounds the placeholders of one request: each may become 8 KiB.
const maxReplaced = 16

var errTooMany = errors.New("too many placeholders in one request")

// replacer fills one request in, for one host.
type replacer struct {
	vault *vault
	name  string
	port  uint16
	left  int
	// met are the secrets whose placeholder was there; the value tells whether the host may have it.
	met map[*secret]bool
}

func (v *vault) fill(request *http.Request, name string, port uint16) (met map[*secret]bool, err error) {
	r := &replacer{vault: v, name: name, port: port, left: maxReplaced, met: make(map[*secret]bool)}
	for _, values := range request.Header {
		for i, value := range values {
			values[i] = r.header(value)
		}
	}
	request.URL.RawQuery = r.text(request.URL.RawQuery, url.QueryEscape)
	if r.left < 0 {
		return r.met, errTooMany
	}
	return r.met, nil
}

const basic = "basic "

// header looks into what Basic authentication hides.
func (r *replacer) header(value string) string {
	if len(value) > len(basic) && strings.EqualFold(value[:len(basic)], basic) {
		encoded := strings.TrimSpace(value[len(basic):])
		if decoded, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			if filled := r.text(string(decoded), same); filled != string(decoded) {
				return value[:len(basic)] + base64.StdEncoding.EncodeToString([]byte(filled))
			}
		}
	}
	return r.text(value, same)
}

func same(text string) string { return text }

func (r *replacer) text(text string, escape func(string) string) string {
	for _, s := range r.vault.secrets {
		count := strings.Count(text, s.placeholder)
		if count == 0 {
			continue
		}
		allowed := s.isFor(r.name, r.port)
		r.met[s] = allowed
		if !allowed {
			continue
		}
		if r.left -= count; r.left < 0 {
			return text
		}
		text = strings.ReplaceAll(text, s.placeholder, escape(s.value))
	}
	return text
}

// clean takes values out of the head of an answer.
func (v *vault) clean(header http.Header) {
	for _, values := range header {
		for i, value := range values {
			for _, s := range v.secrets {
				value = strings.ReplaceAll(value, s.value, s.placeholder)
				if escaped := url.QueryEscape(s.value); escaped != s.value {
					value = strings.ReplaceAll(value, escaped, s.placeholder)
				}
			}
			values[i] = value
		}
	}
}
