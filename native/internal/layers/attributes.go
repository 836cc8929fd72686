package layers

import (
	"encoding/binary"
	"maps"
	"slices"
)

// attributeSets keeps each set of extended attributes once: the files of an image mostly share
// theirs.
type attributeSets map[string]map[string]string

// setCost is what a set takes of memory beside its bytes.
const setCost = 1 << 10

// share gives the set that is kept and what keeping it costs.
func (s attributeSets) share(attributes map[string]string) (kept map[string]string, cost int64) {
	if len(attributes) == 0 {
		return nil, 0
	}
	var key []byte
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		for _, text := range []string{name, attributes[name]} {
			key = binary.AppendUvarint(key, uint64(len(text)))
			key = append(key, text...)
		}
	}
	if known, exists := s[string(key)]; exists {
		return known, 0
	}
	s[string(key)] = attributes
	return attributes, int64(2*len(key) + setCost)
}
