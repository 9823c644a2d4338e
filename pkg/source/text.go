package source

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// parse reads JSON where the first character is a bracket or brace, or there is none, and YAML elsewhere. Errors carry line and
// column; memory is bounded by the limits of this package.
func parse(data []byte) (node, error) {
	if len(data) > MaxBytes {
		return node{}, fmt.Errorf("larger than %d MiB", MaxBytes>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		at := placeOf(data, foreign(data))
		return node{}, fmt.Errorf("not text in UTF-8: line %d, column %d", at.Line, at.Column)
	}
	start := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case len(start) == 0:
		at := placeOf(data, len(data))
		return node{}, fmt.Errorf("line %d, column %d: it ends, and nothing stands before", at.Line, at.Column)
	case start[0] != '{' && start[0] != '[':
		return parseYAML(data)
	}
	return parseJSON(data)
}

// foreign is the offset of the first byte that is no UTF-8.
func foreign(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// placeOf is the place of an offset.
func placeOf(data []byte, offset int) Position {
	before := data[:offset]
	return Position{Line: bytes.Count(before, []byte("\n")) + 1, Column: offset - bytes.LastIndexByte(before, '\n')}
}
