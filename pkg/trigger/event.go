package trigger

import (
	"github.com/firewarden/firewarden/pkg/rules"
)

// Kind says what a message asks for.
type Kind string

// The kinds of message. What is none of the others is Ignored, with the reason.
const (
	Ignored    Kind = "ignored"
	Definition Kind = "definition" // a family's latest revision may have changed
	Group      Kind = "group"      // a security group's entries, or what it guards, may have changed
	Placement  Kind = "placement"  // a service, task or instance may run another definition, or behind other groups
	Finding    Kind = "finding"    // our own finding event
	Sweep      Kind = "sweep"      // the schedule's message: list, split, send
	Shard      Kind = "shard"      // a part of a sweep
)

// Event is what a message names. It is a hint: state is always read afresh.
type Event struct {
	Kind Kind
	// ID is the envelope's id: the same for every redelivery. The schedule's message and the sweep queue's have none.
	ID string
	// Families are the task-definition families named, without revision. An Ignored event may name some too.
	Families []string
	// Groups are the security groups' ids. An Ignored event may name some too.
	Groups []string
	// GroupNames are names of groups of the default VPC, where the record has no id. A name may hold a "*": it is to be asked
	// for by name (GroupNames), never through a filter, where "*" is a wildcard.
	GroupNames []string
	// Services are services whose groups or definitions the message does not tell.
	Services []Service
	// Interfaces and Instances are the ids of network interfaces and of EC2 instances whose groups the message does not tell.
	Interfaces, Instances []string
	// Revisions are definitions, as "family:revision", of tasks without an interface of their own: in host mode the groups of
	// their container instances guard them.
	Revisions []string
	// Tasks and About are the tasks and the services that the message tells of, as far as it names them and their clusters, whatever
	// else it tells of them.
	Tasks []Task
	About []Service
	// Finding is the finding of a Finding event. Its rule, status and resource have the right form; its texts are whatever
	// the sender wrote.
	Finding rules.Finding
	// SweepID marks what a sweep made: findings, and its shards, whose Part says what is to be done.
	SweepID string
	Part    Part
	Origin  Origin
	// Reason says why an Ignored event is ignored.
	Reason string
}

// Why an event is ignored.
const (
	reasonUnwatched = "no kind of event that is watched"
	reasonFailed    = "the call failed and changed nothing"
	reasonAlone     = "leaves 24224 alone"
	reasonCount     = "changes the number of tasks only"
	reasonAttribute = "changes no security groups"
	reasonStopping  = "no task that is running and shall run on"
	reasonExternal  = "an external instance has no security groups"
)

func (e *Event) ignore(reason string) { e.Kind, e.Reason = Ignored, reason }

// Malformed is a message that can never be read, however often it is delivered: a terminal outcome.
//
//nolint:errname // a kind of event as much as an error: trigger.Malformed reads as one
type Malformed struct {
	// What names what is malformed and how: "detail.eventName is missing". It quotes nothing of the message.
	What string
}

// Error is "malformed event: " and What.
func (m *Malformed) Error() string { return "malformed event: " + m.What }

func malformed(what string) error { return &Malformed{What: what} }

// missing is also for a field that is null, redacted or of another type.
func missing(path string) error { return malformed(path + " is missing") }
