package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// How often progress is told: on a terminal, where a line takes the last one's place, and elsewhere.
const (
	toldOnTerminal = 200 * time.Millisecond
	toldElsewhere  = 10 * time.Second
)

// progress tells how far an audit has come, over all Regions. It is safe for concurrent use.
type progress struct {
	talk     io.Writer
	terminal bool
	now      func() time.Time

	mu            sync.Mutex
	planned, done int
	began, told   time.Time
	open          bool // a line on the terminal is not ended
}

func newProgress(talk io.Writer, now func() time.Time) *progress {
	file, ok := talk.(*os.File)
	return &progress{talk: talk, terminal: ok && term.IsTerminal(int(file.Fd())), now: now}
}

// plan adds so many to what has to be read, and says what they are.
func (p *progress) plan(more int, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.began.IsZero() {
		p.began = p.now()
		p.told = p.began
	}
	p.planned += more
	p.line(format, args...)
}

// read counts a resource, and tells of it where it is time.
func (p *progress) read() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	now, pause := p.now(), toldElsewhere
	if p.terminal {
		pause = toldOnTerminal
	}
	if now.Sub(p.told) < pause {
		return
	}
	p.told = now
	text := p.text(now)
	if p.terminal {
		_, _ = fmt.Fprintf(p.talk, "\r\x1b[K%s", text) // \x1b[K clears what a longer line left
		p.open = true
		return
	}
	p.line("%s", text)
}

// text is "120 of 400 read, 10.0 a second, about 28s left".
func (p *progress) text(now time.Time) string {
	text := fmt.Sprintf("%d of %d read", p.done, p.planned)
	if spent := now.Sub(p.began); spent > 0 && p.done > 0 {
		left := time.Duration(float64(spent) / float64(p.done) * float64(p.planned-p.done))
		text += fmt.Sprintf(", %.1f a second, about %s left", float64(p.done)/spent.Seconds(), left.Round(time.Second))
	}
	return text
}

// end ends the line on the terminal, so that talk goes on below.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		_, _ = fmt.Fprint(p.talk, "\r\x1b[K")
		p.open = false
	}
}

// note says a line of its own between the others.
func (p *progress) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line(format, args...)
}

// line is note under the lock.
func (p *progress) line(format string, args ...any) {
	if p.open {
		_, _ = fmt.Fprint(p.talk, "\r\x1b[K")
		p.open = false
	}
	say(p.talk, format, args...)
}

func countedFamilies(n int) string {
	if n == 1 {
		return "1 family"
	}
	return fmt.Sprintf("%d families", n)
}
