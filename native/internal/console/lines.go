package console

import "strings"

// LastLines returns the end of the console as text for an error's cause: whole lines, printable,
// at most count of them and size bytes.
func (c *Console) LastLines(count, size int) string {
	lines := strings.Split(strings.TrimSpace(printable(c.Tail(4*size))), "\n")
	lines = lines[max(len(lines)-count, 0):]
	text := strings.Join(lines, "\n")
	if len(text) > size {
		text = strings.ToValidUTF8(text[len(text)-size:], "")
	}
	return text
}

func printable(data []byte) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0):
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(data), "?"))
}
