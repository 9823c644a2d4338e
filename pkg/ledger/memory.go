package ledger

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
)

// Memory is a Store in memory, for tests. The zero value is empty and ready. It is strict as DynamoDB is: every write is
// conditional, and what is read is a copy.
type Memory struct {
	mu   sync.Mutex
	docs map[Key]Doc
	// Fail, where set, is asked before each call and may make it fail; it is called with the lock held.
	Fail func(op string, key Key) error
}

// errEmptyKey is DynamoDB's refusal of keys that are empty texts.
var errEmptyKey = errors.New("the value for a key attribute cannot contain an empty string value")

// Get implements Store.
func (m *Memory) Get(_ context.Context, key Key) (Doc, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if key.Family == "" || key.Name == "" {
		return Doc{}, errEmptyKey
	}
	if err := m.fail("get", key); err != nil {
		return Doc{}, err
	}
	d := m.docs[key]
	return Doc{Key: key, Version: d.Version, Body: bytes.Clone(d.Body)}, nil
}

// Put implements Store.
func (m *Memory) Put(_ context.Context, w Write) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fail("put", w.Key); err != nil {
		return err
	}
	if m.docs[w.Key].Version != w.Expect || w.Fence != nil && m.docs[w.Fence.key()].Version != w.Fence.Token {
		return ErrConflict
	}
	if m.docs == nil {
		m.docs = map[Key]Doc{}
	}
	m.docs[w.Key] = Doc{Key: w.Key, Version: w.Expect + 1, Body: bytes.Clone(w.Body)}
	return nil
}

// List implements Store.
func (m *Memory) List(_ context.Context, family string) ([]Doc, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.fail("list", Key{Family: family}); err != nil {
		return nil, err
	}
	var found []Doc
	for k, d := range m.docs {
		if k.Family == family {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b Doc) int { return strings.Compare(a.Key.Name, b.Key.Name) })
	return found, nil
}

func (m *Memory) fail(op string, key Key) error {
	if m.Fail == nil {
		return nil
	}
	return m.Fail(op, key)
}
