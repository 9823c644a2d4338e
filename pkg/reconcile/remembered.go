package reconcile

import (
	"context"
	"sync"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Remembered is a TaskReader that describes each definition once, also where it is first asked for by its family and then by its
// ARN or as "family:revision". The zero value but for its reader is ready; it is safe for concurrent use.
type Remembered struct {
	TaskReader
	mu    sync.Mutex
	known map[string]rules.Definition
}

// Describe implements TaskReader. An error is not remembered.
func (m *Remembered) Describe(ctx context.Context, ref string) (rules.Definition, error) {
	m.mu.Lock()
	d, ok := m.known[ref]
	m.mu.Unlock()
	if ok {
		return d, nil
	}
	d, err := m.TaskReader.Describe(ctx, ref)
	if err != nil {
		return d, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[string]rules.Definition{}
	}
	m.known[ref], m.known[deref(d.Task.TaskDefinitionArn)], m.known[d.Name()] = d, d, d
	return d, nil
}
