package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// quotedMax is how much of a text that others chose is shown, in characters.
const quotedMax = 300

// inert makes a text that others chose harmless in a mail, a log line or a chat message: one line, no control, format or
// direction characters, no markup, bounded in length.
func inert(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > quotedMax {
			b.WriteString("...")
			break
		}
		switch {
		case r == utf8.RuneError, unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			b.WriteRune(' ')
		case strings.ContainsRune("<>`", r):
			b.WriteRune('\'')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ascii keeps printable ASCII only, as SNS asks of a subject, and at most limit bytes of it.
func ascii(s string, limit int) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	if len(clean) > limit {
		return clean[:limit-3] + "..."
	}
	return clean
}

// clip bounds a text of several lines to limit bytes, at a line's end, and says that it did.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := strings.LastIndexByte(s[:limit], '\n')
	if cut < 0 {
		cut = limit
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
	}
	return s[:cut] + "\n(cut: the rest is in the ledger)\n"
}
