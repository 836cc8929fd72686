package hide

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold makes one of all spellings that some file system takes for the same name: case does not count, nor
// how a letter and its accent are put together, nor what is not seen at all.
func fold(name string) string {
	ascii, lower := true, true
	for i := range len(name) {
		c := name[i]
		ascii = ascii && c < 0x80
		lower = lower && (c < 'A' || c > 'Z')
	}
	switch {
	case ascii && lower:
		return name
	case ascii:
		return strings.ToLower(name)
	}
	seen := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return -1
		}
		return r
	}, norm.NFD.String(name))
	return norm.NFC.String(cases.Fold().String(seen))
}
