package gateway

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"testing"
	"time"
)

// A guest that has itself told ever new addresses and names makes the gateway remember no more than there may be.
func TestRememberedNamesAreBounded(t *testing.T) {
	remembered := newNames()
	address := func(n uint32) netip.Addr { return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n))) }
	for n := range uint32(2*maxNamed + 1) {
		remembered.learn("a.example", address(n), time.Minute)
		if most := len(remembered.byAddress); most > maxNamed {
			t.Fatalf("%d addresses", most)
		}
	}
	last := address(2 * maxNamed)
	for n := range 2 * maxNames {
		remembered.learn(strconv.Itoa(n), last, time.Minute)
	}
	if found := remembered.of(last); len(found) != maxNames || found[maxNames-1] != strconv.Itoa(2*maxNames-1) {
		t.Errorf("%q", found)
	}
	remembered.learn("gone", last, -graceTime)
	if found := remembered.of(last); len(found) != maxNames-1 {
		t.Errorf("a name that counts no more: %q", found)
	}
}
