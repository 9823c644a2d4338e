package notify

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
)

// hostile are texts that somebody may have put into a name, a description or a tag.
var hostile = []string{
	"line\nbreak\r\nSubject: forged", "<script>alert(1)</script>", "`rm -rf /`", "bell\a\x00\x1b[31mred", "\u202eesrever\u2066", "\u2028\u2029",
	strings.Repeat("long ", 820), "not \xff UTF-8", "ümläut 日本", "$(reboot); rm -rf / #", `"}], "status": "remediated`, "%s %d %!",
	"*bold* _slanted_ ~struck~ **very** __under__", "[click](https://evil.example) ![x](http://evil.example/x.png)", ":tada: ::here:: arn:aws:iam::1", "www.evil.example mailto:a@evil.example",
	"<!here> <!channel> <@U012AB3CD> <#C012AB3CD> @channel @here", "| a | b |\n|---|---|", "# head\n> quote\n- item", "&lt;!here&gt; <https://evil.example|ok>",
}

// multiline are the fields that have lines by nature.
var multiline = []string{"Diff", "SourcePatch"}

// fields visits every text in a value, by its path, as a place that can be written.
func fields(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		visit(path, v)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() { // not those of time.Time
				fields(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), visit)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fields(v.Index(0), path+"[0]", visit)
	case reflect.Map, reflect.Int, reflect.Bool:
	default:
		panic(path + " is of a kind that nobody has thought of: " + v.Kind().String())
	}
}

// variants are a notice and a digest for each of their texts, with that text set to s and all others to something harmless.
func variants(s string) map[string]Message {
	all := map[string]Message{}
	var paths []string
	fields(reflect.ValueOf(&Notice{}).Elem(), "", func(path string, _ reflect.Value) { paths = append(paths, path) })
	for _, target := range append(paths, "all") {
		n := Notice{}
		fields(reflect.ValueOf(&n).Elem(), "", fill(target, s))
		n.At, n.Origin.Time = noon, noon
		all["Notice."+target] = Render(n)
	}
	paths = nil
	fields(reflect.ValueOf(&Digest{}).Elem(), "", func(path string, _ reflect.Value) { paths = append(paths, path) })
	for _, target := range append(paths, "all") {
		d := Digest{}
		fields(reflect.ValueOf(&d).Elem(), "", fill(target, s))
		d.Started, d.Completed, d.Since = noon.Add(-time.Minute), noon, noon.Add(-time.Hour)
		all["Digest."+target] = RenderDigest(d)
	}
	return all
}

func fill(target, s string) func(string, reflect.Value) {
	return func(path string, v reflect.Value) {
		switch {
		case path == target, target == "all":
			v.SetString(s)
		case path == "Diff":
			v.SetString("- plain") // of which a chat shows what comes and goes
		default:
			v.SetString("plain")
		}
	}
}

func TestEveryFieldIsVisited(t *testing.T) {
	all := variants("plain")
	for _, path := range []string{
		"Notice.Findings[0].Evidence[0]", "Notice.Origin.UserAgent", "Notice.Owner", "Notice.Exempt[0]", "Digest.Remediated[0].Rules[0]", "Digest.Exemptions[0].Owner", "Digest.MissingTrail",
	} {
		if _, ok := all[path]; !ok {
			t.Errorf("%s is not visited", path)
		}
	}
}

func TestWhatOthersWroteIsInert(t *testing.T) {
	plain := variants("- plain")
	for _, s := range hostile {
		for path, m := range variants(s) {
			for _, complaint := range append(inMail(path, m, plain[path]), append(inJSON(m), append(inChat(m, plain[path]), inAttributes(m)...)...)...) {
				t.Errorf("%s as %.40q: %s", path, s, complaint)
			}
		}
	}
}

// alive are the characters that do something in a text of one line.
func alive(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

func lively(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && (alive(r) || strings.ContainsRune("<>`", r)) })
}

func isMultiline(path string) bool {
	for _, name := range multiline {
		if strings.HasSuffix(path, "."+name) || strings.HasSuffix(path, ".all") {
			return true
		}
	}
	return false
}

func inMail(path string, m, plain Message) (c []string) {
	if lively(m.Text) {
		c = append(c, "the mail has a character that does something")
	}
	if !isMultiline(path) && strings.Count(m.Text, "\n") > strings.Count(plain.Text, "\n") {
		c = append(c, "the mail has a line of its own for it")
	}
	if len(m.Subject) > subjectMax || printable(m.Subject) != nil {
		c = append(c, fmt.Sprintf("subject %q", m.Subject))
	}
	if len(m.Text) > textMax || len(m.JSON) > jsonMax {
		c = append(c, "the message is too long")
	}
	return c
}

func printable(s string) error {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("%q is not printable ASCII", s)
	}
	return nil
}

// texts visits every text in decoded JSON, keys too.
func texts(v any, path string, visit func(path, s string)) {
	switch v := v.(type) {
	case string:
		visit(path, v)
	case []any:
		for _, one := range v {
			texts(one, path, visit)
		}
	case map[string]any:
		for key, one := range v {
			visit(path+" key", key)
			texts(one, path+"."+key, visit)
		}
	}
}

func inJSON(m Message) (c []string) {
	var v any
	if err := json.Unmarshal([]byte(m.JSON), &v); err != nil {
		return []string{err.Error()}
	}
	texts(v, "", func(at, s string) {
		if lively(s) || strings.Contains(s, "\n") && at != ".diff" && at != ".source_patch" {
			c = append(c, fmt.Sprintf("the JSON has %q at %s", s, at))
		}
	})
	return c
}

// emphasis is an underscore that chats take for one; links are what they turn into links by themselves.
var (
	emphasis = regexp.MustCompile(`(^|[^\pL\pN])_|_([^\pL\pN]|$)`)
	links    = regexp.MustCompile(`(?i)://|www\.|mailto:|&[a-z]+;`)
)

// inChat compares with the same message about something harmless: what is not FireWarden's own adds no markup.
func inChat(m, plain Message) (c []string) {
	var v any
	if err := json.Unmarshal([]byte(m.Chat), &v); err != nil {
		return []string{err.Error()}
	}
	all, harmless := chatText(v), chatText(decodedChat(plain))
	for _, r := range "*~`[]<>|#@&!\\\n" {
		if strings.Count(all, string(r)) > strings.Count(harmless, string(r)) {
			c = append(c, fmt.Sprintf("the chat has a %q more: %s", r, all))
		}
	}
	if len(emphasis.FindAllString(all, -1)) > len(emphasis.FindAllString(harmless, -1)) || links.MatchString(all) {
		c = append(c, "the chat has emphasis or a link: "+all)
	}
	if strings.ContainsFunc(all, func(r rune) bool { return r != '\n' && alive(r) }) {
		c = append(c, "the chat has a character that does something")
	}
	if shortcode.MatchString(outside(v)) {
		c = append(c, "the chat may have an emoji: "+all)
	}
	return append(c, limits(m)...)
}

// outside is what of a chat's content is in no code span.
func outside(v any) string {
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(chatText(v.(map[string]any)["content"]), "")
}

func decodedChat(m Message) (v any) {
	if err := json.Unmarshal([]byte(m.Chat), &v); err != nil {
		panic(err)
	}
	return v
}

// chatText is all that a chat may show.
func chatText(v any) string {
	var b strings.Builder
	texts(v, "", func(_, s string) { b.WriteString(s + " ") })
	return b.String()
}

// limits are those of the custom notification and of the platforms behind it.
func limits(m Message) (c []string) {
	var n custom
	if err := json.Unmarshal([]byte(m.Chat), &n); err != nil {
		return []string{err.Error()}
	}
	long := func(what, s string, most int) {
		if len([]rune(s)) > most {
			c = append(c, fmt.Sprintf("%s has %d characters", what, len([]rune(s))))
		}
	}
	long("the title", n.Content.Title, 250)
	long("the description", n.Content.Description, 3000)
	long("the thread", n.Metadata.ThreadID, 250)
	for _, step := range n.Content.NextSteps {
		long("a step", step, 3000)
	}
	for _, word := range n.Content.Keywords {
		long("a keyword", word, 50)
	}
	if n.Version != "1.0" || n.Source != "custom" || n.Content.TextType != "client-markdown" || n.Content.Description == "" || n.ID == "" {
		c = append(c, "the chat form lacks what is required")
	}
	if !regexp.MustCompile(`^[a-zA-Z0-9-]{1,100}$`).MatchString(n.Metadata.EventType) {
		c = append(c, "no custom action can be attached to "+n.Metadata.EventType)
	}
	for _, v := range n.Metadata.AdditionalContext {
		if printable(v) != nil || strings.Contains(v, " ") || len(v) > 1024 {
			c = append(c, fmt.Sprintf("a button cannot take %q", v))
		}
	}
	return c
}

func inAttributes(m Message) (c []string) {
	for name, value := range m.Attributes {
		var list []string
		switch {
		case value == "" || printable(value) != nil || name != "rule" && len(value) > attributeMax:
			c = append(c, fmt.Sprintf("attribute %s is %q", name, value))
		case name == "rule" && json.Unmarshal([]byte(value), &list) != nil:
			c = append(c, "attribute rule is no list: "+value)
		}
	}
	return c
}
