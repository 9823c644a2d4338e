package report

import (
	"fmt"
	"strings"
	"unicode"
)

// width is that of the terminal that text is wrapped for.
const width = 100

// longest bounds how much of one untrusted string a text shows.
const longest = 400

// Inert makes a string safe to print: control characters, escapes, marks of direction, invisible and invalid characters show as
// Go escapes; a very long one is cut.
func Inert(s string) string {
	var b strings.Builder
	n := 0
	for i, r := range s {
		if n++; n > longest {
			return b.String() + "…"
		}
		switch {
		case r == unicode.ReplacementChar && !strings.HasPrefix(s[i:], string(r)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			q := fmt.Sprintf("%+q", string(r))
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// wrapped breaks a text at spaces so that no line is longer than the width, where words allow. Every line starts with the indent.
func wrapped(text, indent string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		n := len([]rune(word))
		switch {
		case column == 0:
			b.WriteString(indent)
			column = len(indent)
		case column+1+n > width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	b.WriteByte('\n')
	return b.String()
}

// verbatim indents each line of an example.
func verbatim(text, indent string) string {
	return indent + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+indent) + "\n"
}
