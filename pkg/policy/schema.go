package policy

import (
	"bytes"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/rules"
)

// schema is the part of JSON Schema that a policy needs.
type schema struct {
	Dialect     string   `json:"$schema,omitempty"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Type        string   `json:"type,omitempty"`
	Enum        []string `json:"enum,omitempty"`
	Format      string   `json:"format,omitempty"`
	Pattern     string   `json:"pattern,omitempty"`
	Minimum     *int     `json:"minimum,omitempty"`
	Maximum     *int     `json:"maximum,omitempty"`
	Default     any      `json:"default,omitempty"`
	Items       *schema  `json:"items,omitempty"`
	// Properties and PatternProperties are what a mapping may hold; AdditionalProperties is false: nothing else.
	Properties           map[string]schema `json:"properties,omitempty"`
	PatternProperties    map[string]schema `json:"patternProperties,omitempty"`
	Required             []string          `json:"required,omitempty"`
	AdditionalProperties *bool             `json:"additionalProperties,omitempty"`
}

// Schema is the JSON Schema (2020-12) of a policy. It comes of the table that Parse reads by, with the default's comments and values.
// What it cannot say is left to Parse: which rules there are, which of them can have which mode, a key that is given twice.
func Schema() ([]byte, error) {
	s := keys(rules.All()).schema()
	s.Dialect = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "FireWarden's policy"
	var doc yaml.Node
	if err := yaml.Unmarshal(defaultText, &doc); err != nil {
		return nil, err
	}
	if err := s.describe(doc.Content[0]); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(s)
	return b.Bytes(), err
}

// describe takes each key's comment and value from the default.
func (s schema) describe(n *yaml.Node) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		one := s.Properties[name.Value]
		one.Description = comment(name.HeadComment)
		if one.Properties != nil {
			if err := one.describe(value); err != nil {
				return err
			}
		} else if err := value.Decode(&one.Default); err != nil {
			return err
		}
		s.Properties[name.Value] = one
	}
	return nil
}

// comment is the text of a comment, in one line. What stands before an empty line is not the key's.
func comment(lines string) string {
	if i := strings.LastIndex(lines, "\n\n"); i >= 0 {
		lines = lines[i:]
	}
	var words []string
	for word := range strings.FieldsSeq(lines) {
		if word != "#" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
