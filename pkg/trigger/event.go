package trigger

import (
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Kind says what a message asks for.
type Kind string

// The kinds of message. What is neither is Ignored, with the reason.
const (
	Ignored    Kind = "ignored"
	Definition Kind = "definition" // a family's latest revision may have changed
	Group      Kind = "group"      // a security group's entries may have changed
	Finding    Kind = "finding"    // our own finding event
	Sweep      Kind = "sweep"      // the schedule's message: list, split, send
	Shard      Kind = "shard"      // a part of a sweep
)

// Event is what a message names. It is a hint: state is always read afresh.
type Event struct {
	Kind Kind
	// ID is the envelope's id: the same for every redelivery.
	ID string
	// Families are the task-definition families named, without revision.
	Families []string
	// Groups are the security groups' ids.
	Groups []string
	// GroupNames are names of groups of the default VPC, where the record has no id.
	GroupNames []string
	// Finding is the finding of a Finding event.
	Finding rules.Finding
	// SweepID and Shard name a part of a sweep; SweepID also marks findings that a sweep made.
	SweepID string
	Shard   int
	Origin  Origin
	// Reason says why an Ignored event is ignored.
	Reason string
}

// Origin is who did what, when: for notices, never for decisions on its own.
type Origin struct {
	EventID   string    `json:"event_id,omitempty"`
	EventName string    `json:"event_name,omitempty"`
	Time      time.Time `json:"time,omitzero"`
	Account   string    `json:"account,omitempty"`
	Region    string    `json:"region,omitempty"`
	// Principal is the caller's ARN, or the invoking service.
	Principal string `json:"principal,omitempty"`
	SourceIP  string `json:"source_ip,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
}
