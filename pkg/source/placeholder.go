package source

import (
	"regexp"
	"strconv"
)

var (
	// placeholder matches what templating tools put where a value will stand: ${role}, {{ must_env "X" }}, $$$VAR$$$,
	// <PLACEHOLDER>, and %VAR%, __VAR__ or @VAR@ standing alone.
	placeholder = regexp.MustCompile(`\$\{[^}]*\}|\{\{.*?\}\}|\$\$\$[^$]+\$\$\$|<[A-Za-z][A-Za-z0-9 _.:-]*>|^(%|@|__)[A-Za-z][A-Za-z0-9_]*(%|@|__)$`)
	// namedGroup matches the named groups of regular expressions, (?<name>…), which only look like placeholders.
	namedGroup = regexp.MustCompile(`\(\?P?<[A-Za-z_][A-Za-z0-9_]*>`)
)

func isPlaceholder(s string) bool {
	return placeholder.MatchString(s) && placeholder.MatchString(namedGroup.ReplaceAllString(s, "("))
}

// placeholderIn is the first placeholder in a text: what stands around it may be a secret, and is for nobody to see.
func placeholderIn(s string) string {
	return placeholder.FindString(namedGroup.ReplaceAllString(s, "("))
}

// shownLength bounds what messages quote of a file.
const shownLength = 60

func shortened(s string) string {
	if r := []rune(s); len(r) > shownLength {
		return string(r[:shownLength]) + "…"
	}
	return s
}

func quoted(s string) string { return strconv.Quote(shortened(s)) }
