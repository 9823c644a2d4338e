package owner

import (
	"fmt"
	"strings"
	"unicode"
)

// maxText is how much of a foreign text is shown, in characters: ECS's limit of a container's name and EC2's of a description.
const maxText = 255

// references are what CloudFormation and CDK resolve inside any string, however it is quoted: a space makes them text.
var references = strings.NewReplacer("{{resolve:", "{{ resolve:", "${Token[", "$ {Token[")

// inert makes a foreign text one line of printable characters, bounded, for people to read.
func inert(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxText {
			return b.String() + "..."
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// quote is a foreign text as a string literal that JSON, YAML, HCL and TypeScript all read alike: in double quotes, with \u for
// whatever is not printable, ends a literal, starts an interpolation in HCL, or is markup where the snippet is shown.
func quote(s string) string {
	s = references.Replace(s)
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxText {
			b.WriteString("...")
			break
		}
		switch {
		case strings.ContainsRune("\"\\`<>&$%", r), !unicode.IsPrint(r) && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case !unicode.IsPrint(r):
			b.WriteString(`\ufffd`) // beyond \u: what no name of ECS or EC2 holds
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}
