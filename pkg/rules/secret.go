package rules

import "strings"

// secretKeys are the options of the output's plugin that are secrets, and whether the plugin is one whose options are known.
func (o output) secretKeys() (keys []string, known bool) {
	for i := range secretOptions {
		if row := &secretOptions[i]; row.kind == o.kind && o.isOneOf(row.plugins) {
			return row.keys, true
		}
	}
	return nil, false
}

// reveals says what kind of secret an option's value is, "" where it is none. It looks at keys first, then at what the value is
// made of; it never returns a part of the value.
func (o output) reveals(key, value string, keys []string, known bool) string {
	if first, rest, ok := strings.Cut(key, " "); ok && headerOption(first) { // "Header Authorization": what is written is one line
		key, value = first, rest+" "+value
	}
	switch {
	case value == "" || consumed(key):
		return ""
	case secretOption(key, keys, known):
		if openSecret(value) {
			return "a secret"
		}
	case headerOption(key):
		if secretHeader(value) {
			return "a secret header"
		}
	case userInfo(value):
		return "a URL with a password"
	case sameFold(key, "uri") || strings.Contains(value, "://"):
		if o.secretURL(value) {
			return "a URL with a secret"
		}
	}
	return ""
}

// secretOption says whether an option is a secret by its name.
func secretOption(key string, keys []string, known bool) bool {
	return contains(keys, key) || contains(secretOptions[0].keys, key) || !known && secretName(key)
}

func contains(keys []string, key string) bool {
	for _, k := range keys {
		if sameFold(k, key) {
			return true
		}
	}
	return false
}

// openSecret says whether the value of something secret is the secret itself: not a reference, an ARN, a path or a switch.
func openSecret(value string) bool {
	switch {
	case value == "" || reference(value) || strings.HasPrefix(value, "arn:") || strings.HasPrefix(value, "/"):
		return false
	case sameFold(value, "true") || sameFold(value, "false") || sameFold(value, "on") || sameFold(value, "off"):
		return false
	case strings.HasPrefix(value, "$(") || strings.HasPrefix(value, "***"):
		return false
	}
	return !named(value)
}

// named says whether a value is the name of a secret rather than the secret: small letters and a slash, as in "prod/splunk".
func named(value string) bool {
	for i := range len(value) {
		if b := value[i]; (b < 'a' || b > 'z') && b != '/' && b != '-' && b != '_' {
			return false
		}
	}
	return strings.Contains(value, "/")
}

// secretName says whether the last words of a name are those of a secret. Words end at "_", "-", "." and before a capital.
func secretName(name string) bool {
	for i := range secretWords {
		if endsIn(name, secretWords[i].words) {
			return true
		}
	}
	return false
}

// endsIn says whether a name ends in words, where a space stands for any separator or none before a capital.
func endsIn(name, words string) bool {
	at := len(name)
	for n := len(words) - 1; n >= 0; n-- {
		if words[n] == ' ' {
			if at > 0 && separates(name[at-1]) {
				at--
			} else if at == 0 || at == len(name) || !capital(name[at]) || capital(name[at-1]) {
				return false
			}
			continue
		}
		if at == 0 || name[at-1]|0x20 != words[n] {
			return false
		}
		at--
	}
	return at == 0 || separates(name[at-1]) || capital(name[at]) && !capital(name[at-1])
}

func separates(b byte) bool { return b == '_' || b == '-' || b == '.' }

func capital(b byte) bool { return b >= 'A' && b <= 'Z' }

func headerOption(key string) bool {
	for i := range headerOptions {
		if sameFold(headerOptions[i].key, key) {
			return true
		}
	}
	return false
}

// secretHeader says whether headers hold a secret: "Authorization Bearer abc", "X-Api-Key: abc", or a JSON object of them.
func secretHeader(value string) bool {
	for line := range strings.SplitSeq(strings.Trim(value, "{} "), ",") {
		line = strings.Trim(line, `"' `)
		end := strings.IndexAny(line, " :=\t\"'")
		if end < 0 {
			continue
		}
		content := strings.Trim(line[end:], " :=>\t\"'")
		if (namedHeader(line[:end]) || secretName(line[:end])) && openSecret(content) {
			return true
		}
	}
	return false
}

func namedHeader(name string) bool {
	for i := range secretHeaders {
		if sameFold(secretHeaders[i].name, name) {
			return true
		}
	}
	return false
}

// userInfo says whether a URL has a user with a password: https://user:password@host.
func userInfo(value string) bool {
	_, rest, ok := strings.Cut(value, "://")
	if !ok {
		return false
	}
	if end := strings.IndexAny(rest, "/?# "); end >= 0 {
		rest = rest[:end]
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return false
	}
	_, password, ok := strings.Cut(rest[:at], ":")
	return ok && openSecret(password)
}

// secretURL says whether a URL or its path holds a secret: in its query, or in the path of a receiver that is known for it.
func (o output) secretURL(value string) bool {
	path, query, _ := strings.Cut(value, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if name, content, ok := strings.Cut(pair, "="); ok && secretName(name) && openSecret(content) {
			return true
		}
	}
	host := o.option("host")
	if _, rest, ok := strings.Cut(path, "://"); ok {
		host, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	for i := range tokenPaths {
		row := &tokenPaths[i]
		if strings.Contains(strings.ToLower(host), row.host) && strings.HasPrefix(path, row.path) && openSecret(path[len(row.path):]) {
			return true
		}
	}
	return false
}
