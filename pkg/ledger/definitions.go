package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Definition is what the ledger keeps of a revision, which never changes: enough to judge it by any rule book, policy and date.
// Its tags may change, and are not in it.
type Definition struct {
	Task types.TaskDefinition `json:"task"`
	// Unknown is rules.Definition's own.
	Unknown map[string]string `json:"unknown,omitempty"`
	// Secrets are the findings of values that are secrets, and are not kept.
	Secrets []rules.Finding `json:"secrets,omitempty"`
	// Form is the form in which it was kept; one of another is read anew.
	Form int       `json:"form"`
	At   time.Time `json:"at"`
}

// definitionsKept is how long a revision that nobody asks for is kept.
const definitionsKept = 60 * 24 * time.Hour

// Definition reads a revision ("web:3") in the given form, and says whether it is known.
func (l Ledger) Definition(ctx context.Context, revision string, form int, now time.Time) (Definition, bool, error) {
	var d Definition
	version, err := l.get(ctx, Key{"definition", revision}, &d)
	if err != nil || version == 0 || d.Form != form {
		return Definition{}, false, err
	}
	if now.Sub(d.At) > definitionsKept/2 {
		err = l.PutDefinition(ctx, revision, d, now)
	}
	return d, true, err
}

// PutDefinition keeps a revision. Two writers at once have read the same.
func (l Ledger) PutDefinition(ctx context.Context, revision string, d Definition, now time.Time) error {
	key := Key{"definition", revision}
	old, err := l.Store.Get(ctx, key)
	if err != nil {
		return err
	}
	d.At = now
	body, err := withoutNulls(d)
	if err != nil {
		return fmt.Errorf("writing definition %s of the ledger: %w", revision, err)
	}
	err = l.Store.Put(ctx, Write{Key: key, Body: body, Expect: old.Version, Expires: now.Add(definitionsKept)})
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

// withoutNulls is the JSON of a value without the members that are null: most of an SDK's structure.
func withoutNulls(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	prune(tree)
	return json.Marshal(tree)
}

func prune(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if member == nil {
				delete(v, key)
			} else {
				prune(member)
			}
		}
	case []any:
		for _, element := range v {
			prune(element)
		}
	}
}
