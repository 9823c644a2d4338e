package main

import (
	"fmt"
	"html"
	"strings"
)

const (
	width  = 960
	margin = 28
)

// run is a piece of a line in one face.
type run struct {
	text string
	face face
}

func (r run) width() float64 { return r.face.width(r.text) }

// canvas is a picture that grows downwards.
type canvas struct {
	body strings.Builder
	y    int
}

// line writes a line of runs at a left edge and moves down by its height. Each run is placed, so that any renderer shows the same.
func (c *canvas) line(left, height int, runs ...run) {
	c.y += height
	x := float64(left)
	for _, r := range runs {
		if text := strings.TrimLeft(r.text, " "); text != "" {
			at := x + r.face.width(r.text[:len(r.text)-len(text)])
			text = strings.TrimRight(text, " ")
			fmt.Fprintf(&c.body, `<text x="%.1f" y="%d" textLength="%.1f" %s xml:space="preserve">%s</text>`+"\n", at, c.y, r.face.width(text), r.face.attributes, html.EscapeString(text))
		}
		x += r.width()
	}
}

// rule draws a line across.
func (c *canvas) rule() {
	c.y += 14
	fmt.Fprintf(&c.body, `<path d="M%d %dH%d" stroke="#e1e1e4"/>`+"\n", margin, c.y, width-margin)
	c.y += 6
}

// wrap writes runs in as many lines as they need, broken between words; later lines are indented.
func (c *canvas) wrap(left, height int, runs []run) {
	const indent = 14
	room, at := float64(width-margin-left), left
	var line []run
	for _, r := range runs {
		for _, word := range strings.SplitAfter(r.text, " ") {
			w := r.face.width(strings.TrimRight(word, " "))
			if room < w && len(line) > 0 {
				c.line(at, height, line...)
				line, at, room = nil, left+indent, float64(width-margin-left-indent)
			}
			room -= r.face.width(word)
			line = joined(line, run{word, r.face})
		}
	}
	c.line(at, height, line...)
}

// joined adds a run to a line, as a part of the last one where the face is the same.
func joined(line []run, r run) []run {
	if last := len(line) - 1; last >= 0 && line[last].face.attributes == r.face.attributes {
		line[last].text += r.text
		return line
	}
	return append(line, r)
}

// svg is the picture as a file.
func (c *canvas) svg(name string) string {
	height := c.y + margin
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">
<title>%s</title>
<rect x="6" y="6" width="%d" height="%d" rx="8" fill="#ffffff" stroke="#d0d0d4"/>
%s</svg>
`, width, height, width, height, html.EscapeString(name), width-12, height-12, c.body.String())
}
