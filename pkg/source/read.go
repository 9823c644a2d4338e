package source

import (
	"errors"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// The bounds of what is read. ECS takes definitions of 64 KiB with ten containers: these leave room for formatting and
// generated files, and keep memory and time bounded whatever a file holds.
const (
	MaxBytes      = 8 << 20
	maxDepth      = 64
	maxValues     = 100_000
	maxContainers = 100
	maxName       = 300 // of a container, in bytes: each path below it has it
)

// Position is a place in a file; line and column (in bytes) count from 1.
type Position struct{ Line, Column int }

// Place is a path in a resource, or the logical name of a template's resource, where it stands in the file, and why it was not
// read.
type Place struct {
	Path string
	Position
	Why string
}

// Resource is what a file describes, and where.
type Resource struct {
	rules.Resource
	// File is the name that Read was given.
	File string
	// Unread are the keys that the SDK's types do not know, in the file's order. They are in no type, and no rule sees them.
	Unread []Place
	// Readings are what a definition is in each way in which conditions of its template may turn out that nothing decides; nil where there
	// are none.
	Readings []Resource

	start  Position
	places map[string]Position
	// doubts is for groups: what the template leaves open.
	doubts *doubts
	// when is for readings: how the conditions turned out, and why that is not known.
	when, why string
}

// Document is what a file holds.
type Document struct {
	Resources []Resource
	// Unread are the parts of a template that were not read although they may matter, in the file's order.
	Unread []Place
}

// At returns where a path of a finding stands in the file: the place of the longest part of it that the file has, or of the
// resource itself.
func (r Resource) At(path string) Position {
	for path != "" {
		if at, ok := r.places[path]; ok {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return r.start
}

// ErrOther says of a file that it can be parsed, and is something else than a task definition or a template.
var ErrOther = errors.New("neither a task definition nor a template")

// Read returns the resources of a file, as ReadDocument does.
func Read(name string, data []byte) ([]Resource, error) {
	d, err := ReadDocument(name, data)
	return d.Resources, err
}

// ReadDocument returns what a file of JSON or YAML holds: one task definition, as the input of RegisterTaskDefinition, as the
// answer of DescribeTaskDefinition, wrapped in "taskDefinition", or as a bare array of containers; or the task definitions and
// security groups of a CloudFormation or SAM template. The error says what the file is instead (ErrOther), or the line, and
// mostly the column, at which it ends to be JSON or YAML.
//
// In a template the resources are named as it names them: a group's ID and a service's name are logical ids, a parameter has its
// default, and a value that exists after deployment only stands as "${Name}" or "${Name.Attribute}".
func ReadDocument(name string, data []byte) (Document, error) {
	root, err := parse(data)
	if err != nil {
		return Document{}, err
	}
	d, err := document(root)
	for i := range d.Resources {
		d.Resources[i].File = name
	}
	return d, err
}

func document(root node) (Document, error) {
	if isTemplate(root) {
		return readTemplate(root)
	}
	f, err := recognise(root)
	if err != nil {
		return Document{}, err
	}
	return Document{Resources: []Resource{f.resource()}}, nil
}
