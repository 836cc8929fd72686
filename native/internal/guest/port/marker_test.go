package port

import (
	"bytes"
	"fmt"
	"testing"
)

func TestMarkerInEveryPlaceAndPiece(t *testing.T) {
	expected := []byte("abcabd")
	for _, prefix := range []string{"", "x", "abc", "abcab", "abcabcab", "0123456789"} {
		stream := []byte(prefix + string(expected) + "rest")
		for size := 1; size <= len(stream); size++ {
			t.Run(fmt.Sprintf("%q by %d", prefix, size), func(t *testing.T) {
				m := &marker{}
				m.expect(expected)
				for at := 0; at < len(stream); at += size {
					piece := stream[at:min(at+size, len(stream))]
					_, after, found := m.find(piece)
					if !found {
						continue
					}
					rest := append(bytes.Clone(after), stream[min(at+size, len(stream)):]...)
					if string(rest) != "rest" {
						t.Fatalf("then comes %q", rest)
					}
					return
				}
				t.Fatal("not found")
			})
		}
	}
	m := &marker{}
	if _, _, found := m.find([]byte("anything")); found {
		t.Error("found nothing expected")
	}
}

func TestBeginningsAreNoAccident(t *testing.T) {
	m := &marker{}
	m.expect([]byte("0123456789abcdef"))
	for text, want := range map[string]bool{
		"": false, "0123456": false, "01234567": true, "0123456789abcde": true,
		"0123456789abcdef": false, "01234568": false, "x01234567": false,
	} {
		if got := m.begins([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
