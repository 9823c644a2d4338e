package main

import (
	"errors"
	"strings"
)

// mail draws a golden mail: its subject as the head, its text below.
func mail(golden []byte) (string, error) {
	head, body, ok := strings.Cut(string(golden), "\n\n")
	subject, isMail := strings.CutPrefix(head, "Subject: ")
	if !ok || !isMail {
		return "", errors.New("it does not begin with a subject and an empty line")
	}
	c := &canvas{y: margin - 8}
	c.line(margin, 22, run{subject, title})
	c.line(margin, 22, run{"FireWarden", strong}, run{"  no-reply@sns.amazonaws.com", faint})
	c.rule()
	for _, l := range strings.Split(strings.TrimRight(body, "\n"), "\n") {
		c.wrap(margin, 18, []run{{l, fixed}})
	}
	return c.svg(subject), nil
}
