// Command pictures draws mails and chat messages as a person sees them, from the golden files of pkg/notify:
//
//	go run -C tools ./pictures -from ../pkg/notify/testdata/golden -to ../docs/pictures
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// drawing is one picture: the golden file that it is made from, and how.
type drawing struct {
	to, from string
	draw     func(golden []byte) (string, error)
}

var drawings = []drawing{
	{"mail-narrowed.svg", "narrowed.txt", mail},
	{"mail-terraform.svg", "terraform.txt", mail},
	{"mail-digest.svg", "digest-3.txt", mail},
	{"chat-narrowed.svg", "narrowed.chat.json", chat},
	{"chat-contested.svg", "contested.chat.json", chat},
	{"chat-digest.svg", "digest-3.chat.json", chat},
}

func main() {
	from := flag.String("from", "", "the folder of the golden files")
	to := flag.String("to", "", "the folder of the pictures")
	flag.Parse()
	for _, d := range drawings {
		if err := d.make(*from, *to); err != nil {
			fmt.Fprintf(os.Stderr, "pictures: %v\n", err)
			os.Exit(1)
		}
	}
}

func (d drawing) make(from, to string) error {
	golden, err := os.ReadFile(filepath.Join(from, d.from))
	if err != nil {
		return fmt.Errorf("reading what %s shows: %w", d.to, err)
	}
	picture, err := d.draw(golden)
	if err != nil {
		return fmt.Errorf("drawing %s: %w", d.to, err)
	}
	if err := os.WriteFile(filepath.Join(to, d.to), []byte(picture), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", d.to, err)
	}
	return nil
}
