package notify

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quotedMax is how much of a text that others chose is shown, in characters.
const quotedMax = 300

// inert makes a text that others chose harmless in a mail, a log line or a JSON value: one line, no control, format or
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

// inertLines keeps the line breaks of a text of several lines and makes each line harmless.
func inertLines(s string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		b.WriteString(inert(strings.TrimRight(l, "\r\n")) + "\n")
	}
	return b.String()
}

// lookalikes stand for what chat platforms take for markup, mentions and links: emphasis, lists, channels, tables, users, entities
// and addresses. Neither Slack nor Teams has an escape that the other one does not show.
var lookalikes = strings.NewReplacer(
	"*", "＊", "~", "～", "[", "［", "]", "］", "#", "＃", "|", "｜", "@", "＠", "&", "＆", "\\", "＼", "!", "！",
	"://", "：//", "www.", "www．", "WWW.", "WWW．", "mailto:", "mailto：", "tel:", "tel：",
)

// inertInChat is inert for chat platforms too. An underscore inside a word is no emphasis anywhere, and stays as it is.
func inertInChat(s string) string {
	plain := []rune(lookalikes.Replace(inert(s)))
	for i, r := range plain {
		if r == '_' && (i == 0 || i == len(plain)-1 || !wordly(plain[i-1]) || !wordly(plain[i+1])) {
			plain[i] = '＿'
		}
	}
	return string(plain)
}

// shortcode is what Slack draws as an emoji, where it knows one of the name: the middle of an ARN may be one.
var shortcode = regexp.MustCompile(`:([A-Za-z][A-Za-z0-9_+-]*):`)

// spoken is inertInChat for text outside of code, which no emoji is to come of.
func spoken(s string) string {
	s = inertInChat(s)
	for shortcode.MatchString(s) {
		s = shortcode.ReplaceAllString(s, "：$1:")
	}
	return s
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

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
	const cutHere = "\n(cut: the rest is in the ledger)\n"
	if len(s) <= limit {
		return s
	}
	cut := strings.LastIndexByte(s[:limit-len(cutHere)], '\n')
	if cut < 0 {
		for cut = limit - len(cutHere); cut > 0 && !utf8.RuneStart(s[cut]); {
			cut--
		}
	}
	return s[:cut] + cutHere
}
