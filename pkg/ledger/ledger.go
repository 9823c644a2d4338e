package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// Ledger reads and writes the documents.
type Ledger struct{ Store Store }

// Status is where a finding stands.
type Status string

// The statuses of a finding.
const (
	Open          Status = "open"           // found, nothing done yet
	Reported      Status = "reported"       // told; the policy does no more
	Remediated    Status = "remediated"     // mended and verified
	Corrected     Status = "corrected"      // a corrected revision is registered, the old one still runs
	RollingOut    Status = "rolling out"    // services are being moved to the corrected revision
	RolloutFailed Status = "rollout failed" // the corrected revision is registered, and a service could not be moved to it
	Blocked       Status = "blocked"        // cannot be mended, for a reason
	Resolved      Status = "resolved"       // gone without our doing
	Contested     Status = "contested"      // someone keeps undoing its remediation: hands off until released
	Held          Status = "held"           // a remediation was undone on purpose: hands off for a time
	Suppressed    Status = "suppressed"     // exempt, until the exemption ends
)

// Mended says that a remediation did what it can to the resource itself: what is found again afterwards was undone.
func (s Status) Mended() bool {
	return s == Remediated || s == Corrected || s == RollingOut || s == RolloutFailed
}

// Resource is what the ledger knows of one resource.
type Resource struct {
	Ref string `json:"ref"`
	// Findings are those ever seen here, by fingerprint.
	Findings map[string]Finding `json:"findings"`
	// Pending is the id of a remediation that was begun and not finished: its handler died, or is at work.
	Pending string `json:"pending,omitempty"`
	// Registered is the ARN of the last revision that we registered (task definitions only). It guards against loops.
	Registered string `json:"registered,omitempty"`
	// RegisteredRules are the rules whose fixes it holds.
	RegisteredRules []string `json:"registered_rules,omitempty"`
	// Rollout is where the last corrected revision stands until the one that it was made from runs nowhere; nil then.
	Rollout *plan.Rollout `json:"rollout,omitempty"`
	// Owner keeps the source of the resource, as far as its last registration told; nil where it did not. Patch is the change to
	// that source which the last plan amounts to.
	Owner *Owner `json:"owner,omitempty"`
	Patch string `json:"patch,omitempty"`
	// Changes are the beginnings of the last hour's remediations here, for the brake.
	Changes []time.Time `json:"changes,omitempty"`
	// History are the last 30 days' remediations by rule; Contested are the rules that someone keeps undoing here, and since
	// when; Holds are the rules that are left alone for a time.
	History   map[string][]Mend    `json:"history,omitempty"`
	Contested map[string]time.Time `json:"contested,omitempty"`
	Holds     []Hold               `json:"holds,omitempty"`
	// Told is the last status and reason of the resource as a whole that people were told of, apart from findings.
	Told string `json:"told,omitempty"`

	version int64
}

// Owner is a tool that keeps the source of a resource, and its name for that source: "CloudFormation", "web".
type Owner struct {
	Tool string `json:"tool"`
	Name string `json:"name,omitempty"`
}

// Finding is a finding's life.
type Finding struct {
	rules.Finding
	State     Status    `json:"state"`
	Reason    string    `json:"reason,omitempty"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	// Told is the state and reason that people were last told of.
	Told string `json:"told,omitempty"`
	// Remediation is the id of the one that this state came of, "" where none was made.
	Remediation string `json:"remediation,omitempty"`
}

// Standing is the state with its reason, as Told keeps it.
func (f Finding) Standing() string {
	if f.Reason == "" {
		return string(f.State)
	}
	return string(f.State) + ": " + f.Reason
}

// Remediation is what was, or is to be, done to one resource at one time.
type Remediation struct {
	// ID sorts by time: "20261123T233603.123-9f86d081".
	ID       string    `json:"id"`
	Resource string    `json:"resource"`
	Rules    []string  `json:"rules"`
	Findings []string  `json:"findings"` // fingerprints
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	Outcome  Status    `json:"outcome,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	// Undone is when a person undid it.
	Undone time.Time `json:"undone,omitzero"`
	// Undoing is when a person began to undo it.
	Undoing time.Time `json:"undoing,omitzero"`
	// Plan is the plan as it prints itself; Before and After are the state, as JSON of the SDK's types.
	Plan   string          `json:"plan"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after,omitempty"`
	// Notes are what people should know of it.
	Notes  []string       `json:"notes,omitempty"`
	Origin trigger.Origin `json:"origin"`

	version int64
}

// Resource reads what is known of a resource; an unknown one is empty.
func (l Ledger) Resource(ctx context.Context, ref string) (Resource, error) {
	r := Resource{Ref: ref}
	version, err := l.get(ctx, Key{"resource", ref}, &r)
	if r.Findings == nil {
		r.Findings = map[string]Finding{}
	}
	r.version = version
	return r, err
}

// PutResource writes what is known of a resource under its lease. ErrConflict where someone else wrote or the lease is lost.
func (l Ledger) PutResource(ctx context.Context, r *Resource, lease *Lease) error {
	err := l.put(ctx, Write{Key: Key{"resource", r.Ref}, Expect: r.version, Fence: lease}, r)
	if err == nil {
		r.version++
	}
	return err
}

// Resources lists all resources that the ledger knows.
func (l Ledger) Resources(ctx context.Context) ([]Resource, error) {
	return list[Resource](ctx, l, "resource")
}

// EndContest ends the contest of a rule on a resource: its history is forgotten, and its contested findings are open again, for
// the next event or sweep to take up. It retries when somebody else writes in between. It returns the resource as it is then, and
// whether there was a contest; where there was none nothing is written.
func (l Ledger) EndContest(ctx context.Context, ref, rule string, now time.Time) (Resource, bool, error) {
	for {
		r, err := l.Resource(ctx, ref)
		if err != nil || !r.Release(rule) {
			return r, false, err
		}
		for fp, f := range r.Findings {
			if f.Rule == rule && f.State == Contested {
				r.Settle([]string{fp}, Open, "", nil, now)
			}
		}
		if err := l.PutResource(ctx, &r, nil); !errors.Is(err, ErrConflict) {
			return r, err == nil, err
		}
	}
}

// remediationsKept is how long a before-image is kept.
const remediationsKept = 400 * 24 * time.Hour

// Remediation reads one by its id; one that is not there has no Resource.
func (l Ledger) Remediation(ctx context.Context, id string) (Remediation, error) {
	var m Remediation
	version, err := l.get(ctx, Key{"remediation", id}, &m)
	m.version = version
	return m, err
}

// PutRemediation writes one under the resource's lease, for 400 days from its start.
func (l Ledger) PutRemediation(ctx context.Context, m *Remediation, lease *Lease) error {
	w := Write{Key: Key{"remediation", m.ID}, Expect: m.version, Fence: lease, Expires: m.Started.Add(remediationsKept)}
	err := l.put(ctx, w, m)
	if err == nil {
		m.version++
	}
	return err
}

// Remediations lists all, oldest first.
func (l Ledger) Remediations(ctx context.Context) ([]Remediation, error) {
	return list[Remediation](ctx, l, "remediation")
}

func (l Ledger) get(ctx context.Context, key Key, into any) (int64, error) {
	d, err := l.Store.Get(ctx, key)
	if err != nil || d.Version == 0 {
		return 0, err
	}
	if err := json.Unmarshal(d.Body, into); err != nil {
		return 0, fmt.Errorf("reading %s %s of the ledger: %w", key.Family, key.Name, err)
	}
	return d.Version, nil
}

func (l Ledger) put(ctx context.Context, w Write, doc any) error {
	body, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("writing %s %s of the ledger: %w", w.Key.Family, w.Key.Name, err)
	}
	w.Body = body
	return l.Store.Put(ctx, w)
}

func list[T any](ctx context.Context, l Ledger, family string) ([]T, error) {
	docs, err := l.Store.List(ctx, family)
	if err != nil {
		return nil, err
	}
	all := make([]T, len(docs))
	for i, d := range docs {
		if err := json.Unmarshal(d.Body, &all[i]); err != nil {
			return nil, fmt.Errorf("reading %s %s of the ledger: %w", family, d.Key.Name, err)
		}
	}
	return all, nil
}
