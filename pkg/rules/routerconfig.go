package rules

import (
	"fmt"
	"slices"
	"strings"
)

// RouterConfig is what the configuration files of a router say, beside what ECS generates. Values of options are other
// people's text and may be secrets: no String here has one, and none is marshalled. Methods may be called on nil.
type RouterConfig struct {
	// Files are the files that were read, in the order in which they were opened.
	Files []ConfigFile
	// Sections are in the files' order, included files where they are included.
	Sections []ConfigSection
	// Unknown is what could not be read: an include outside, a file without access, a plugin's name that is a variable.
	Unknown []ConfigGap
	// Generated says that a file which takes the place of what ECS generates includes that, and so only adds to it.
	Generated bool
	// OfImage says that what an image of one's own reads by itself is among the files: who gave them said so.
	OfImage bool
}

// ConfigFile is a file that was read.
type ConfigFile struct {
	Name string // a path in the container, or an S3 ARN
	By   string // what names it: an option, a variable of the init process, or the file and line that include it
	// Version is the ETag of an S3 object, "" of what has none.
	Version string
}

// ConfigPlace is a line of a configuration file, counted from 1; 0 is the file as a whole.
type ConfigPlace struct {
	File string
	Line int
}

func (p ConfigPlace) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// ConfigGap is something that could not be read.
type ConfigGap struct {
	// Kind is the kind of the section that is not understood; "" for a whole file, which may hold anything.
	Kind string
	// Why says what and why, without a place.
	Why   string
	Place ConfigPlace
}

func (g ConfigGap) String() string {
	if g.Place.File == "" {
		return g.Why
	}
	return g.Place.String() + ": " + g.Why
}

// ConfigSection is a section of a Fluent Bit file, or an element of a Fluentd file.
type ConfigSection struct {
	// Kind is the section's name in lower case and the singular: "service", "input", "filter", "output", "parser"; for Fluentd
	// the element's: "source", "match", "store", "label", "transport".
	Kind string
	// Arg is what stands behind a Fluentd element's name: the tags of a match, the name of a label, "tls".
	Arg string
	// Plugin is the plugin's name in lower case; "" where there is none, or it is unknown.
	Plugin string
	// Options are in the file's order; a key may stand twice.
	Options []ConfigOption
	// Sections are the parts within: a Fluentd element's, the groups and processors of a Fluent Bit plugin.
	Sections []ConfigSection
	Place    ConfigPlace
}

func (s ConfigSection) String() string {
	return strings.TrimSpace(s.Kind+" "+s.Plugin) + " at " + s.Place.String()
}

// ConfigOption is a key and its value. Variables in the value are resolved, or it stands as written and Unknown says why.
type ConfigOption struct {
	Key     string // in lower case for Fluent Bit, with underscores; as written for Fluentd
	Value   string `json:"-"`
	Unknown string
	Line    int
}

// String is the key alone: the value may be a secret.
func (o ConfigOption) String() string { return o.Key }

// GoString is String.
func (o ConfigOption) GoString() string { return o.Key }

// Option is the option of that key, the last where it stands twice, as both programs take it.
func (s ConfigSection) Option(key string) (ConfigOption, bool) {
	for _, o := range slices.Backward(s.Options) {
		if o.Key == key {
			return o, true
		}
	}
	return ConfigOption{}, false
}

// Value is the value of an option, "" where it is absent or unknown.
func (s ConfigSection) Value(key string) string {
	if o, ok := s.Option(key); ok && o.Unknown == "" {
		return o.Value
	}
	return ""
}

// Inputs are the inputs of Fluent Bit and the sources of Fluentd, at any depth.
func (c *RouterConfig) Inputs() []ConfigSection { return c.kinds(inputKinds...) }

// Outputs are the outputs of Fluent Bit, and of Fluentd every match with its stores and secondary outputs. A match that copies
// or relabels is among them: its plugin says so.
func (c *RouterConfig) Outputs() []ConfigSection {
	return c.kinds(outputKinds...)
}

func (c *RouterConfig) kinds(kinds ...string) []ConfigSection {
	var found []ConfigSection
	var walk func([]ConfigSection)
	walk = func(all []ConfigSection) {
		for _, s := range all {
			if slices.Contains(kinds, s.Kind) {
				found = append(found, s)
			}
			walk(s.Sections)
		}
	}
	if c != nil {
		walk(c.Sections)
	}
	return found
}

// Service is all [SERVICE] sections as one, in which the last of an option is the one that holds.
func (c *RouterConfig) Service() ConfigSection {
	var merged ConfigSection
	for _, s := range c.kinds("service") {
		options := slices.Concat(merged.Options, s.Options)
		merged, merged.Options = s, options
	}
	return merged
}

func (c *RouterConfig) String() string {
	if c == nil {
		return "no configuration read"
	}
	return fmt.Sprintf("%d files, %d inputs, %d outputs, %d unknown", len(c.Files), len(c.Inputs()), len(c.Outputs()), len(c.Unknown))
}
