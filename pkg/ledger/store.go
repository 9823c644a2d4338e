package ledger

import (
	"context"
	"errors"
	"time"
)

// Key names a document: its family ("resource", "remediation", "lease", …) and its name in it.
type Key struct{ Family, Name string }

// Doc is a stored document.
type Doc struct {
	Key Key
	// Version grows by one with each write; 0 is a document that is not there.
	Version int64
	Body    []byte
}

// Write is one conditional write.
type Write struct {
	Key  Key
	Body []byte
	// Expect is the version that must be there; 0 means none.
	Expect int64
	// Expires is when the document may vanish; the zero time keeps it.
	Expires time.Time
	// Fence, where set, is the lease that must still be the writer's.
	Fence *Lease
}

// ErrConflict is returned by Put when the document or the fencing lease has another version than expected: somebody else
// wrote. Read again and decide again.
var ErrConflict = errors.New("the ledger's document was changed by someone else")

// Store keeps documents. Reads are strongly consistent.
type Store interface {
	// Get returns a document; Version 0 where there is none.
	Get(ctx context.Context, key Key) (Doc, error)
	// Put writes one document if its version is the expected one and the fence holds, else ErrConflict.
	Put(ctx context.Context, w Write) error
	// List returns all documents of a family, by name.
	List(ctx context.Context, family string) ([]Doc, error)
}
