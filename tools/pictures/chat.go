package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// chatLeft is where the text begins, beside the picture of who speaks.
const chatLeft = 82

// notification is what a chat shows of a custom notification.
type notification struct {
	Content struct {
		Title, Description  string
		NextSteps, Keywords []string
	}
}

// chat draws a golden custom notification as Amazon Q Developer posts it in Slack.
func chat(golden []byte) (string, error) {
	var n notification
	if err := json.Unmarshal(golden, &n); err != nil {
		return "", fmt.Errorf("reading the notification: %w", err)
	}
	c := &canvas{y: margin - 8}
	fmt.Fprintf(&c.body, `<rect x="%d" y="%d" width="38" height="38" rx="8" fill="#6d3fc0"/>`+"\n", margin, c.y+4)
	c.line(chatLeft, 20, run{"Amazon Q", strong}, run{"  APP  12:00", faint})
	c.marked("*" + n.Content.Title + "*")
	c.y += 4
	c.marked(n.Content.Description)
	if len(n.Content.NextSteps) > 0 {
		c.y += 8
		c.marked("*Next Steps*")
	}
	for i, step := range n.Content.NextSteps {
		c.marked(fmt.Sprintf("%d. %s", i+1, step))
	}
	c.y += 6
	c.line(chatLeft, 20, run{strings.Join(n.Content.Keywords, "  ·  "), faint})
	return c.svg(n.Content.Title), nil
}

// marked writes text with Slack's markup.
func (c *canvas) marked(text string) {
	for _, l := range strings.Split(text, "\n") {
		c.wrap(chatLeft, 20, styled(l))
	}
}

var (
	markup = regexp.MustCompile("`[^`]+`|\\*[^*]+\\*|(^|\\s)_[^`]+_$")
	faces  = map[byte]face{'`': code, '*': strong, '_': slanted}
)

// styled are a line's runs, without the marks.
func styled(l string) []run {
	var runs []run
	for {
		at := markup.FindStringIndex(l)
		if at == nil {
			return append(runs, run{l, plain})
		}
		mark := strings.TrimSpace(l[at[0]:at[1]])
		runs = append(runs, run{l[:at[0]], plain}, run{mark[1 : len(mark)-1], faces[mark[0]]})
		l = l[at[1]:]
	}
}
