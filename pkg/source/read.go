package source

import (
	"fmt"
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

// Place is a path in a resource and where it stands in the file.
type Place struct {
	Path string
	Position
}

// Resource is what a file describes, and where.
type Resource struct {
	rules.Resource
	// File is the name that Read was given.
	File string
	// Unread are the keys that the SDK's types do not know, in the file's order. They are in no type, and no rule sees them.
	Unread []Place

	start  Position
	places map[string]Position
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

// Read returns the resources of a file: one task definition, as the input of RegisterTaskDefinition, as the answer of
// DescribeTaskDefinition, wrapped in "taskDefinition", or as a bare array of containers. The error says what the file is
// instead, or the line and column at which it ends to be JSON.
func Read(name string, data []byte) ([]Resource, error) {
	root, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("not a task definition: %w", err)
	}
	f, err := recognise(root)
	if err != nil {
		return nil, fmt.Errorf("not a task definition: %w", err)
	}
	r := f.resource()
	r.File = name
	return []Resource{r}, nil
}
