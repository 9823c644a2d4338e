package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// format is the value of a --format flag, which takes one of a few words.
type format struct {
	value string
	words []string
}

// formatFlag adds --format to a command; the first word is the default.
func formatFlag(cmd *cobra.Command, words ...string) *format {
	f := &format{value: words[0], words: words}
	cmd.Flags().Var(f, "format", strings.Join(words, " or "))
	return f
}

// String is the flag's value.
func (f *format) String() string { return f.value }

// Type is what usage shows for the value.
func (f *format) Type() string { return strings.Join(f.words, "|") }

// Set takes the flag's value, and refuses other words.
func (f *format) Set(word string) error {
	if !slices.Contains(f.words, word) {
		return fmt.Errorf("it is %s", strings.Join(f.words, " or "))
	}
	f.value = word
	return nil
}
