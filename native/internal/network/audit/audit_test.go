package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/netip"
	"testing"

	"sandboxfile/native/internal/network/policy"
)

// A guest that is denied all the time fills no disk, and nothing it does is uncounted.
func TestAFloodIsCounted(t *testing.T) {
	var kept bytes.Buffer
	log := New(&kept)
	const denials = 100_000
	to := policy.Destination{Protocol: policy.UDP, Address: netip.MustParseAddr("::ffff:10.0.0.1"), Port: 9, Names: make([]string, 16)}
	for range denials {
		log.Denied(to, policy.Decision{Rule: "scope public", Reason: "private"})
	}
	log.Close(Totals{Allowed: 1, Denied: denials})
	written, missed := uint64(0), uint64(0)
	var last Line
	for lines := bufio.NewScanner(&kept); lines.Scan(); {
		last = Line{}
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			t.Fatal(err)
		}
		missed += last.Missed
		if last.Total == nil {
			written++
			if last.Address != "10.0.0.1" || len(last.Names) != maxNames {
				t.Fatalf("%+v", last)
			}
		}
	}
	if last.Total == nil || *last.Total != (Totals{Allowed: 1, Denied: denials}) || written+missed != denials {
		t.Fatalf("%d written, %d missed, %+v", written, missed, last.Total)
	}
	if written > denials/10 {
		t.Fatalf("%d lines", written)
	}
}
