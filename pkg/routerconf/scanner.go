package routerconf

import (
	"regexp"
	"strings"
)

// scanner walks over Fluentd's text, counting lines.
type scanner struct {
	file
	pos, line int
}

func (s *scanner) rest() string { return s.text[s.pos:] }

func (s *scanner) ended() bool { return s.pos == len(s.text) }

// take moves on by n bytes, and returns them.
func (s *scanner) take(n int) string {
	taken := s.text[s.pos : s.pos+n]
	s.pos += n
	s.line += strings.Count(taken, "\n")
	return taken
}

func (s *scanner) skip(prefix string) bool {
	ok := strings.HasPrefix(s.rest(), prefix)
	if ok {
		s.take(len(prefix))
	}
	return ok
}

// until moves to the first of some characters, or to the end.
func (s *scanner) until(chars string) string {
	if n := strings.IndexAny(s.rest(), chars); n >= 0 {
		return s.take(n)
	}
	return s.take(len(s.rest()))
}

// past moves over some characters.
func (s *scanner) past(chars string) {
	s.take(len(s.rest()) - len(strings.TrimLeft(s.rest(), chars)))
}

func (s *scanner) blanks() { s.past(" \t\r\f\v") }

// space moves over blanks, empty lines and comments.
func (s *scanner) space() {
	for s.past(" \t\r\n\f\v"); strings.HasPrefix(s.rest(), "#"); s.past(" \t\r\n\f\v") {
		s.until("\n")
	}
}

// lineEnd moves behind the line where nothing but a comment is left of it.
func (s *scanner) lineEnd() bool {
	s.blanks()
	if strings.HasPrefix(s.rest(), "#") {
		s.until("\n")
	}
	return s.ended() || s.skip("\n")
}

// word is an element's name.
func (s *scanner) word() string {
	n := strings.IndexFunc(s.rest(), func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
	if n < 0 {
		n = len(s.rest())
	}
	return s.take(n)
}

func (s *scanner) key() string {
	key := s.until(" \t\r\n")
	return strings.Trim(key, `"'`)
}

// argument is what stands before the > of a tag; false where the line ends first. It may be quoted.
func (s *scanner) argument() (string, bool) {
	line, _, _ := strings.Cut(s.rest(), "\n")
	end := strings.IndexByte(line, '>')
	if quote := strings.TrimLeft(line, `"'`); end >= 0 && quote != line {
		if n := strings.LastIndexByte(line, '>'); n > end {
			end = n
		}
	}
	if end < 0 {
		return "", false
	}
	arg := s.take(end)
	s.take(1)
	return strings.Trim(strings.TrimSpace(arg), `"'`), true
}

// value is a literal up to the end of its line: plain, quoted, or JSON over several lines. embedded evaluates Ruby in double
// quotes, or says why it cannot.
func (s *scanner) value(embedded func(code string) (value, why string)) (value, why string, err error) {
	start := s.line
	switch s.rest()[0] {
	case '"':
		value, why, err = s.double(embedded)
	case '\'':
		value, err = s.single()
	case '[', '{':
		if value, err = s.json(); err == nil {
			value += s.plain()
		}
	default:
		value = s.plain()
	}
	if err == nil && !s.lineEnd() {
		err = s.errorf(start, "text behind a value")
	}
	return value, why, err
}

var comment = regexp.MustCompile(`[ \t]+#`)

// plain is an unquoted value: a comment ends it where a blank stands before.
func (s *scanner) plain() string {
	line := s.until("\n")
	if at := comment.FindStringIndex(line); at != nil {
		line = line[:at[0]]
	}
	return strings.TrimSpace(line)
}

func (s *scanner) single() (string, error) {
	start := s.line
	s.take(1)
	var b strings.Builder
	for {
		b.WriteString(s.until(`'\`))
		switch {
		case s.ended():
			return "", s.errorf(start, "a quoted value that does not end")
		case s.skip(`\'`):
			b.WriteByte('\'')
		case s.skip(`\\`):
			b.WriteByte('\\')
		case s.skip("'"):
			return b.String(), nil
		default:
			b.WriteString(s.take(1))
		}
	}
}

// escapes are those of double quotes; any other escaped character is itself.
var escapes = strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\t`, "\t", `\f`, "\f", `\b`, "\b")

func (s *scanner) double(embedded func(string) (string, string)) (value, why string, err error) {
	start, from := s.line, s.pos
	s.take(1)
	var b strings.Builder
	for {
		b.WriteString(s.until(`"\#`))
		switch {
		case s.ended(), s.rest() == `\`:
			return "", "", s.errorf(start, "a quoted value that does not end")
		case s.skip(`"`):
			if why != "" {
				return strings.Trim(s.text[from:s.pos], `"`), why, nil
			}
			return b.String(), "", nil
		case s.skip("#{"):
			code, ok := s.code()
			if !ok {
				return "", "", s.errorf(start, "Ruby in a value that does not end")
			}
			known, unknown := embedded(code)
			b.WriteString(known)
			if unknown != "" && why == "" {
				why = unknown
			}
		case s.skip(`\`):
			b.WriteString(strings.TrimPrefix(escapes.Replace(`\`+s.take(1)), `\`))
		default:
			b.WriteString(s.take(1))
		}
	}
}

// code is Ruby up to the brace that closes it.
func (s *scanner) code() (string, bool) {
	depth := 1
	for i, c := range s.rest() {
		switch c {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			code := s.take(i)
			s.take(1)
			return code, true
		}
	}
	return "", false
}

// json is a list or an object up to the bracket that closes it. A # outside of a string begins a comment.
func (s *scanner) json() (string, error) {
	start, depth, quoted := s.line, 0, false
	for i := 0; i < len(s.rest()); i++ {
		switch c := s.rest()[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '#':
			line, _, _ := strings.Cut(s.rest()[i:], "\n")
			i += len(line) - 1
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
		if depth == 0 {
			return s.take(i + 1), nil
		}
	}
	return "", s.errorf(start, "a list or an object that does not end")
}
