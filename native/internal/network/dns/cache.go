package dns

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// cached bounds the answers that are kept, cachedRecords those of one.
	cached        = 4096
	cachedRecords = 64
	// longest and negative are how long an answer is good at most, and one without records that does not
	// say.
	longest  = time.Hour
	negative = 10 * time.Second
)

// cache keeps answers as long as they are good, the most recently used ones.
type cache struct {
	mu     sync.Mutex
	places map[key]*list.Element
	order  *list.List // of *entry, the most recently used first
	now    func() time.Time
}

// key is a question as it was asked on one of the networks that the host has been in: another one may have other
// answers.
type key struct {
	name    string
	kind    dnsmessage.Type
	network uint64
}

type entry struct {
	key     key
	found   result
	stored  time.Time
	expires time.Time
}

func newCache() *cache {
	return &cache{places: make(map[key]*list.Element), order: list.New(), now: time.Now}
}

// get is the answer with what is left of its times.
func (c *cache) get(at key) (result, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	place, ok := c.places[at]
	if !ok {
		return result{}, false
	}
	kept, ok := place.Value.(*entry)
	if !ok || !c.now().Before(kept.expires) {
		c.drop(place)
		return result{}, false
	}
	c.order.MoveToFront(place)
	age := uint32(c.now().Sub(kept.stored) / time.Second)
	return result{
		code: kept.found.code, answers: aged(kept.found.answers, age), authorities: aged(kept.found.authorities, age),
	}, true
}

func (c *cache) put(at key, found result) {
	good := lifetime(found)
	if good <= 0 || len(found.answers) > cachedRecords {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if place, ok := c.places[at]; ok {
		c.drop(place)
	}
	now := c.now()
	c.places[at] = c.order.PushFront(&entry{key: at, found: found, stored: now, expires: now.Add(good)})
	for c.order.Len() > cached {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(place *list.Element) {
	if old, ok := c.order.Remove(place).(*entry); ok {
		delete(c.places, old.key)
	}
}

// lifetime is the shortest time of the answer's records. Failures are not kept.
func lifetime(found result) time.Duration {
	if found.code != dnsmessage.RCodeSuccess && found.code != dnsmessage.RCodeNameError {
		return 0
	}
	good := longest
	if len(found.answers) == 0 {
		good = negative
		for _, resource := range found.authorities {
			if soa, ok := resource.Body.(*dnsmessage.SOAResource); ok {
				good = min(time.Duration(min(soa.MinTTL, resource.Header.TTL))*time.Second, longest)
			}
		}
	}
	for _, resource := range found.answers {
		good = min(good, time.Duration(resource.Header.TTL)*time.Second)
	}
	return good
}

func aged(resources []dnsmessage.Resource, age uint32) []dnsmessage.Resource {
	left := make([]dnsmessage.Resource, len(resources))
	for i, resource := range resources {
		resource.Header.TTL -= min(age, resource.Header.TTL)
		left[i] = resource
	}
	return left
}
