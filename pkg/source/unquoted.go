package source

import "bytes"

// filled is JSON in which placeholders that stand where a number or a list belongs ("containerPort": ${port}) are strings, so that it
// can be read, and the offsets in it at which bytes were added: none where that is of no use. Those in strings, and what a template
// does around whole lines, stay as they are.
func filled(data []byte) (text []byte, added []int) {
	for i := 0; i < len(data); {
		switch {
		case data[i] == '"':
			n := stringLength(data[i:])
			text = append(text, data[i:i+n]...)
			i += n
		case bytes.HasPrefix(data[i:], []byte("${")), bytes.HasPrefix(data[i:], []byte("{{")):
			n := placeholderLength(data[i:])
			if n == 0 {
				return nil, nil
			}
			text, added = quoteInto(text, added, data[i:i+n])
			i += n
		default:
			text = append(text, data[i])
			i++
		}
	}
	return text, added
}

// stringLength is how long a string is that data begins with, its quotes included; one that does not end goes to the end.
func stringLength(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// placeholderLength is how long a placeholder is that data begins with, ${…} or {{…}}, and 0 where it does not end on its line.
func placeholderLength(data []byte) int {
	depth := 0
	for i, b := range data {
		switch b {
		case '\n':
			return 0
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// quoteInto appends a placeholder as a string.
func quoteInto(text []byte, added []int, placeholder []byte) ([]byte, []int) {
	added = append(added, len(text))
	text = append(text, '"')
	for _, b := range placeholder {
		switch {
		case b == '"' || b == '\\':
			added = append(added, len(text))
			text = append(text, '\\', b)
		case b < ' ':
			text = append(text, ' ')
		default:
			text = append(text, b)
		}
	}
	added = append(added, len(text))
	return append(text, '"'), added
}
