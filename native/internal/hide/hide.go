// Package hide understands patterns of paths that are not to be seen: one without a slash is a name at any
// depth, one with a slash is a path from the top. `*` and `?` stand for parts of a name, `[a-z]` for a
// character, `**` for any number of folders. What is below a hidden folder is hidden.
//
// Names are looked at one after the other, and what is known in between is a State: two folders with the
// same state hide the same below them, so that one may take the other's place.
package hide

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

const (
	// MaxPatterns and MaxBytes bound what each look costs.
	MaxPatterns = 64
	MaxBytes    = 256 // of one pattern
)

// Set is a number of patterns. It never changes.
type Set struct {
	segments []segment // of all patterns, one after the other
	top      State
}

// segment is what one name, or with any a number of them, is compared with.
type segment struct {
	text string // folded, for path.Match
	any  bool   // `**`
	last bool   // what matches is hidden
}

// State is what has been seen of a path: the segments that the next name may match, in order.
type State []int32

// Equal tells whether both hide the same.
func (s State) Equal(other State) bool { return slices.Equal(s, other) }

// Parse reads patterns. The error names the first that is none.
func Parse(patterns []string) (*Set, error) {
	if len(patterns) > MaxPatterns {
		return nil, fmt.Errorf("more than %d patterns", MaxPatterns)
	}
	set := &Set{}
	for _, pattern := range patterns {
		segments, err := parse(pattern)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", pattern, err)
		}
		first := int32(len(set.segments))
		set.segments = append(set.segments, segments...)
		set.top = set.enter(set.top, first)
	}
	set.top = ordered(set.top)
	return set, nil
}

// Literal is the pattern of this path alone.
func Literal(name string) string {
	return "/" + strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// Top is the state of the folder that patterns begin in.
func (s *Set) Top() State { return s.top }

// Step goes on to a name in a folder of this state, and tells whether it is hidden.
func (s *Set) Step(from State, name string) (to State, hidden bool) {
	folded := fold(name)
	for _, at := range from {
		segment := s.segments[at]
		if segment.any {
			to = s.enter(to, at)
			continue
		}
		if matches, _ := path.Match(segment.text, folded); matches {
			if segment.last {
				return nil, true
			}
			to = s.enter(to, at+1)
		}
	}
	return ordered(to), false
}

// Walk goes from the top along a path of names.
func (s *Set) Walk(name string) (to State, hidden bool) {
	to = s.top
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "" {
			continue
		}
		if to, hidden = s.Step(to, segment); hidden {
			return nil, true
		}
	}
	return to, false
}

// enter adds a segment to a state, and what follows when it stands for no name at all.
func (s *Set) enter(state State, at int32) State {
	state = append(state, at)
	for s.segments[at].any {
		at++
		state = append(state, at)
	}
	return state
}

func ordered(state State) State {
	slices.Sort(state)
	return slices.Compact(state)
}

var (
	errEmpty  = errors.New("it names nothing")
	errLong   = fmt.Errorf("it has more than %d bytes", MaxBytes)
	errExcept = errors.New("there are no exceptions; '\\!' is the character")
	errDots   = errors.New("'.' and '..' are no names")
	errSlash  = errors.New("there is nothing between two slashes")
)

func parse(pattern string) ([]segment, error) {
	switch {
	case len(pattern) > MaxBytes:
		return nil, errLong
	case strings.HasPrefix(pattern, "!"):
		return nil, errExcept
	case strings.IndexByte(pattern, 0) >= 0:
		return nil, path.ErrBadPattern
	}
	trimmed := strings.TrimSuffix(pattern, "/")
	anchored := strings.Contains(trimmed, "/")
	trimmed = strings.TrimPrefix(trimmed, "/")
	if trimmed == "" {
		return nil, errEmpty
	}
	var segments []segment
	if !anchored {
		segments = append(segments, segment{any: true})
	}
	for text := range strings.SplitSeq(trimmed, "/") {
		switch text {
		case "":
			return nil, errSlash
		case ".", "..":
			return nil, errDots
		case "**":
			if n := len(segments); n == 0 || !segments[n-1].any {
				segments = append(segments, segment{any: true})
			}
			continue
		}
		folded := fold(text)
		if _, err := path.Match(folded, ""); err != nil {
			return nil, err
		}
		segments = append(segments, segment{text: folded})
	}
	if segments[len(segments)-1].any {
		segments = append(segments, segment{text: "*"}) // all that is in it, not the folder itself
	}
	segments[len(segments)-1].last = true
	return segments, nil
}
