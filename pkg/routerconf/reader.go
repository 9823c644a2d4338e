package routerconf

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// The bounds of what is read for one router, included files together. They keep memory and time bounded whatever a file holds.
const (
	MaxBytes    = 4 << 20
	MaxYAML     = 1 << 20 // of one YAML file: a parsed node takes some hundred times the bytes of its text
	maxFiles    = 1000    // Fluent Bit's own limit (src/config_format/flb_cf_fluentbit.c, FLB_CF_FILE_NUM_LIMIT)
	maxIncludes = 1000
	maxDepth    = 16 // of includes, and of elements in each other
	maxSections = 10_000
	maxOptions  = 100_000
	maxGaps     = 100
)

// Around is what surrounds a configuration file in its container.
type Around struct {
	// Files are the files that an include may name, by their path without the leading slash; nil where there are none.
	Files fs.FS
	// Env are the values of the container's variables. One that is not here (a secret, one that the image sets) is unknown.
	Env map[string]string
	// At is the path at which the container sees the file; "" is the name.
	At string
	// Root is the folder of the main file, from which Fluent Bit's classic form takes relative includes; "" is At's own.
	Root string
}

// Parse reads one file of a router of that type, and what it includes. Fluent Bit's YAML form is known by the name's ending.
// The error says "file:line: what is wrong"; what was read before is returned with it.
func Parse(name string, text []byte, kind types.FirelensConfigurationType, around Around) (rules.RouterConfig, error) {
	r := newReader(kind, around)
	at := around.At
	if at == "" {
		at = name
	}
	if r.around.Root == "" {
		r.around.Root = path.Dir(at)
	}
	err := r.read(file{name: name, at: path.Clean("/" + at)}, text, r.parse)
	return r.finish(), err
}

// file is a file while it is read.
type file struct {
	name string // as people know it, in places and errors
	by   string // what names it
	at   string // its path in the container
	text string
}

func (f file) place(line int) rules.ConfigPlace { return rules.ConfigPlace{File: f.name, Line: line} }

func (f file) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s: %w", f.place(line), fmt.Errorf(format, args...))
}

// reader gathers what the files of one router say.
type reader struct {
	kind     types.FirelensConfigurationType
	around   Around
	config   rules.RouterConfig
	root     rules.ConfigSection // holds the sections
	set      map[string]string   // @SET and env
	within   bool                // what is read is included by the file that ECS generates
	seen     map[string]bool     // files read, by path
	open     []string            // files being read, outermost first
	left     int                 // bytes
	grown    int                 // bytes that resolved variables may add
	includes int
	names    int // looked through for patterns
	faults   []error
	sections int
	options  int
}

func newReader(kind types.FirelensConfigurationType, around Around) *reader {
	return &reader{kind: kind, around: around, set: map[string]string{}, seen: map[string]bool{}, left: MaxBytes, grown: MaxBytes}
}

// read parses a file of text in a form.
func (r *reader) read(f file, text []byte, form func(file) error) error {
	if r.left -= len(text); r.left < 0 {
		return fmt.Errorf("%s: larger than %d MiB, with the files before it", f.name, MaxBytes>>20)
	}
	if len(r.config.Files) == maxFiles {
		return fmt.Errorf("%s: more than %d files", f.name, maxFiles)
	}
	if line := control(text); line > 0 {
		return f.errorf(line, "not text")
	}
	f.text = strings.ToValidUTF8(strings.TrimPrefix(string(text), "\ufeff"), "\ufffd")
	r.config.Files = append(r.config.Files, rules.ConfigFile{Name: f.name, By: f.by})
	r.seen[f.at] = true
	r.open = append(r.open, f.at)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	return form(f)
}

// control is the line of the first control character, 0 where there is none.
func control(text []byte) int {
	line := 1
	for _, b := range text {
		switch {
		case b == '\n':
			line++
		case b < ' ' && b != '\t' && b != '\r' && b != '\f' && b != '\v':
			return line
		}
	}
	return 0
}

// parse picks the form. Fluent Bit knows YAML by the name's ending (src/config_format/flb_config_format.c, flb_cf_create_from_file).
func (r *reader) parse(f file) error {
	yaml := isYAML(f.name)
	switch {
	case r.kind == types.FirelensConfigurationTypeFluentd && yaml:
		r.gap("", "Fluentd's YAML form is not read", f.place(0))
		return nil
	case r.kind == types.FirelensConfigurationTypeFluentd:
		return r.fluentd(f, &r.root)
	case r.kind != types.FirelensConfigurationTypeFluentbit:
		return fmt.Errorf("%s: a router is of type fluentbit or fluentd", f.name)
	case yaml:
		return r.yaml(f)
	}
	return r.classic(f)
}

func isYAML(name string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(path.Ext(name)))
}

// section adds a section to another, and returns it. The pointer holds until the next is added to the same.
func (r *reader) section(in *rules.ConfigSection, s rules.ConfigSection) (*rules.ConfigSection, error) {
	if r.sections++; r.sections > maxSections {
		return nil, fmt.Errorf("%s: more than %d sections", s.Place, maxSections)
	}
	in.Sections = append(in.Sections, s)
	return &in.Sections[len(in.Sections)-1], nil
}

// option adds an option to a section of a file.
func (r *reader) option(in *rules.ConfigSection, f file, o rules.ConfigOption) error {
	if r.options++; r.options > maxOptions {
		return f.errorf(o.Line, "more than %d options", maxOptions)
	}
	in.Options = append(in.Options, o)
	return nil
}

func (r *reader) gap(kind, why string, at rules.ConfigPlace) {
	switch n := len(r.config.Unknown); {
	case n < maxGaps:
		r.config.Unknown = append(r.config.Unknown, rules.ConfigGap{Kind: kind, Why: why, Place: at})
	case n == maxGaps:
		r.config.Unknown = append(r.config.Unknown, rules.ConfigGap{Why: "and more that is not listed"})
	}
}

// unopened says that a file is unknown. One that is there and is no file that can be read is a fault too.
func (r *reader) unopened(what string, at rules.ConfigPlace, err error) {
	r.gap("", what+": "+reason(err), at)
	var told Reason
	if !errors.Is(err, fs.ErrNotExist) && !errors.As(err, &told) {
		r.faults = append(r.faults, fmt.Errorf("%s: %s: %s", at, what, reason(err)))
	}
}

// Reason is an error of opening a file that says by itself what is missing, and may be shown.
type Reason string

func (r Reason) Error() string { return string(r) }

// reason says why a file could not be opened.
func reason(err error) string {
	var told Reason
	switch {
	case errors.As(err, &told):
		return string(told)
	case errors.Is(err, fs.ErrPermission):
		return "access denied"
	case errors.Is(err, fs.ErrNotExist):
		return "it is not there"
	case errors.Is(err, errNoFile):
		return errNoFile.Error()
	}
	return "it could not be opened"
}
