package reconcile

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/s3config"
)

// TaskReaderFunc is a function as a TaskReader.
type TaskReaderFunc func(ctx context.Context, ref string) (rules.Definition, error)

// Describe implements TaskReader.
func (f TaskReaderFunc) Describe(ctx context.Context, ref string) (rules.Definition, error) {
	return f(ctx, ref)
}

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

// RememberedObjects are Objects of which each is read once, and of which none fails: what cannot be read is refused, so that a
// definition is judged all the same, with that part of it unknown. The zero value but for its Objects is ready; it is safe for
// concurrent use.
type RememberedObjects struct {
	Objects
	mu    sync.Mutex
	known map[string]objectRead
}

type objectRead struct {
	object s3config.Object
	err    error // a *s3config.Refused
	failed error // what another try might have mended
}

// unanswered is what a definition says of an object whose reading failed. The error itself is for who asks Failed.
const unanswered = "S3 did not answer"

// Read implements Objects. Its errors are *s3config.Refused, but for those of the context.
func (m *RememberedObjects) Read(ctx context.Context, arn string) (s3config.Object, error) {
	m.mu.Lock()
	r, ok := m.known[arn]
	m.mu.Unlock()
	if ok {
		return r.object, r.err
	}
	r.object, r.err = m.Objects.Read(ctx, arn)
	var refused *s3config.Refused
	switch {
	case ctx.Err() != nil:
		return r.object, ctx.Err()
	case r.err != nil && !errors.As(r.err, &refused):
		r.err, r.failed = &s3config.Refused{Why: unanswered, Err: r.err}, r.err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[string]objectRead{}
	}
	m.known[arn] = r
	return r.object, r.err
}

// Refused are the objects that S3 refused for good, by ARN, each with the reason. What a person can change comes of it.
func (m *RememberedObjects) Refused() map[string]string {
	all := map[string]string{}
	for arn, r := range m.all() {
		var refused *s3config.Refused
		if errors.As(r.err, &refused) && r.failed == nil {
			all[arn] = refused.Why
		}
	}
	return all
}

// Failed are the objects that another try might read, by ARN.
func (m *RememberedObjects) Failed() map[string]error {
	all := map[string]error{}
	for arn, r := range m.all() {
		if r.failed != nil {
			all[arn] = r.failed
		}
	}
	return all
}

func (m *RememberedObjects) all() map[string]objectRead {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.known)
}
