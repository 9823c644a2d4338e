package trigger

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// The forms of names. The emulator's ids have 17 digits, old ones of EC2 eight.
var (
	groupForm     = regexp.MustCompile(`^sg-[0-9a-f]{8,17}$`)
	interfaceForm = regexp.MustCompile(`^eni-[0-9a-f]{8,17}$`)
	instanceForm  = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)
	familyForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	nameForm      = regexp.MustCompile(`^[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}$`)
	ruleForm      = regexp.MustCompile(`^FL[1-9][0-9]{2}$`)
	sweepForm     = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)
)

// hidden is what CloudTrail puts in the place of a value, or of a whole field, that is sensitive.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// told is the first of these texts that was told: not empty and not redacted. A redacted name would pass for a family's.
func told(texts ...string) string {
	for _, s := range texts {
		if s != "" && s != hidden {
			return s
		}
	}
	return ""
}

// cutAt is a little less than the 100 KB at which CloudTrail cuts a request and a response.
const cutAt = 96_000

// cut says whether a part of a record may be incomplete: marked as truncated (newer records hold "omitted": true), as large as
// older records are cut to, or redacted somewhere.
func cut(raw json.RawMessage) bool {
	return len(raw) >= cutAt || bytes.Contains(raw, []byte(`"omitted"`)) || bytes.Contains(raw, []byte(hidden))
}

// fill decodes what it can of raw into v and says whether that was all of it. Fields of another type stay empty: encoding/json
// goes on after such a one. Absent and null leave v as it is, and are all that there is.
func fill(v any, raw json.RawMessage) bool { return len(raw) == 0 || json.Unmarshal(raw, v) == nil }

// many is a JSON array, or the one element that stands for it: records made from XML and from query strings have a bare
// object where there is one element only.
type many[T any] []T

// UnmarshalJSON reads an array or a bare element; null is none. It never fails, since that would end the decoding of all around
// it: where an element is not whole, an empty one is added.
func (m *many[T]) UnmarshalJSON(b []byte) error {
	var list []T
	switch b[0] {
	case '[':
		if !fill(&list, b) {
			list = append(list, *new(T))
		}
	case 'n':
	default:
		list = make([]T, 1, 2)
		if !fill(&list[0], b) {
			list = append(list, *new(T))
		}
	}
	*m = list
	return nil
}

// scalar is a JSON string or number as text. Anything else becomes a text that is neither a protocol nor a port.
type scalar string

// UnmarshalJSON reads a string or keeps the number as written; null is empty.
func (s *scalar) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(s))
	case 'n':
		return nil
	}
	*s = scalar(b)
	return nil
}
