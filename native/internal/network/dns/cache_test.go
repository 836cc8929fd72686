package dns

import (
	"strconv"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// An answer is kept as long as the shortest of its records is good, and says what is left of that.
func TestAnswersAreKeptAsLongAsTheyAreGood(t *testing.T) {
	now := time.Unix(1e9, 0)
	kept := newCache()
	kept.now = func() time.Time { return now }
	address := func(ttl uint32) dnsmessage.Resource {
		return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{TTL: ttl}, Body: &dnsmessage.AResource{}}
	}
	authority := func(ttl, least uint32) dnsmessage.Resource {
		return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{TTL: ttl}, Body: &dnsmessage.SOAResource{MinTTL: least}}
	}
	many := make([]dnsmessage.Resource, cachedRecords+1)
	for i := range many {
		many[i] = address(60)
	}
	for name, row := range map[string]struct {
		found result
		good  time.Duration
	}{
		"two addresses":          {result{answers: []dnsmessage.Resource{address(60), address(20)}}, 20 * time.Second},
		"for once":               {result{answers: []dnsmessage.Resource{address(0)}}, 0},
		"for ever":               {result{answers: []dnsmessage.Resource{address(1 << 30)}}, longest},
		"no such name":           {result{code: dnsmessage.RCodeNameError, authorities: []dnsmessage.Resource{authority(30, 90)}}, 30 * time.Second},
		"no such name, for ever": {result{code: dnsmessage.RCodeNameError, authorities: []dnsmessage.Resource{authority(1<<30, 1<<30)}}, longest},
		"nothing of this kind":   {result{}, negative},
		"a failure":              {result{code: dnsmessage.RCodeServerFailure}, 0},
		"very many":              {result{answers: many}, 0},
	} {
		at := key{name: name, kind: dnsmessage.TypeA}
		kept.put(at, row.found)
		if _, found := kept.get(at); found != (row.good > 0) {
			t.Errorf("%s: kept: %v", name, found)
		}
		if _, found := kept.get(key{name: name, kind: dnsmessage.TypeA, network: 1}); found {
			t.Errorf("%s: counts on another network", name)
		}
		began := now
		now = began.Add(row.good - time.Second)
		if answer, found := kept.get(at); row.good > 0 && (!found || len(answer.answers) > 0 && answer.answers[len(answer.answers)-1].Header.TTL != 1 && row.good < longest) {
			t.Errorf("%s: %v after %s", name, answer, row.good-time.Second)
		}
		now = began.Add(row.good)
		if _, found := kept.get(at); found {
			t.Errorf("%s: there after %s", name, row.good)
		}
		now = began
	}
}

// A guest that asks for ever new names makes the gateway keep no more than there may be, and of those the last used.
func TestKeptAnswersAreBounded(t *testing.T) {
	kept := newCache()
	at := func(n int) key { return key{name: strconv.Itoa(n), kind: dnsmessage.TypeA} }
	for n := range 3 * cached {
		kept.put(at(n), result{})
		if _, found := kept.get(at(0)); !found {
			t.Fatalf("what is used all the time has gone after %d", n)
		}
	}
	if len(kept.places) != cached || kept.order.Len() != cached {
		t.Errorf("%d are kept", len(kept.places))
	}
	if _, found := kept.get(at(1)); found {
		t.Error("an old one is kept")
	}
}
