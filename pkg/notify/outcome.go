package notify

import (
	"fmt"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// outcome is how a status is told.
type outcome struct {
	// title is what happened, %s the resource in words; hint what a person may do about it.
	title, hint string
	// undo says that there is something to undo, exempt that somebody may want the policy to leave the resource alone.
	undo, exempt bool
}

// outcomes are those of all resources by status, and those of one kind of resource by "status kind".
var outcomes = map[string]outcome{
	"remediated": {title: "FireWarden corrected %s", undo: true, exempt: true},
	"remediated security-group": {
		title: "FireWarden closed port 24224 on %s", undo: true, exempt: true,
	},
	"remediated task-definition": {
		title: "FireWarden corrected %s, and nothing runs an old revision of it", undo: true, exempt: true,
	},
	"corrected": {
		title: "FireWarden corrected %s, but an old revision still runs", undo: true, exempt: true,
		hint: "what is named above runs the old revision until it is updated to the corrected one",
	},
	"rolling out": {
		title: "FireWarden is rolling out the corrected revision of %s", undo: true, exempt: true,
		hint: "nothing is to be done now: another notice tells how it ended",
	},
	"rollout failed": {
		title: "The corrected revision of %s could not be rolled out", undo: true, exempt: true,
		hint: "the events of the service in ECS say why its deployment did not complete",
	},
	"reported": {title: "Please look at %s: FireWarden changed nothing", exempt: true},
	"blocked":  {title: "FireWarden could not correct %s", exempt: true},
	"blocked account": {
		title: "FireWarden does not hear of changes in this account as they happen",
		hint:  "switch on a CloudTrail trail that logs write management events in this Region",
	},
	"blocked message": {title: "FireWarden could not read an event", hint: "the next sweep looks at what it was about, whatever that was"},
	"contested": {
		title: "Someone keeps undoing the remediation of %s: FireWarden leaves it alone", exempt: true,
	},
	"resolved":         {title: "%s is in order again, without FireWarden's doing"},
	"resolved account": {title: "FireWarden hears of changes in this account as they happen again"},
}

// hints say what may be done about a reason.
var hints = map[string]string{
	"quota security-group": "the group has no room for the entry that would take its place: have the quota of rules per security group raised, " +
		"or take an entry away, and the next sweep tries again",
	"quota":                  "a quota of the account stands in the way: have it raised, and the next sweep tries again",
	"access denied":          "FireWarden's role, or a policy of the organization, does not allow the change: docs/deploy.md lists what it needs",
	"group of another owner": "the account that owns the group has to change it",
}

func outcomeOf(n Notice) outcome {
	kind, _, _ := strings.Cut(n.Resource, "/")
	o, ok := outcomes[n.Status+" "+kind]
	if !ok {
		o, ok = outcomes[n.Status]
	}
	if !ok {
		o = outcome{title: "%s: " + strings.ReplaceAll(n.Status, "%", "%%")}
	}
	if hint, ok := hints[n.Reason+" "+kind]; ok {
		o.hint = hint
	} else if hint, ok := hints[n.Reason]; ok {
		o.hint = hint
	}
	return o
}

// headline is what happened, in words.
func headline(n Notice) string {
	title := outcomeOf(n).title
	if !strings.Contains(title, "%s") {
		return title
	}
	return fmt.Sprintf(title, inWords(n.Resource))
}

// inWords is a resource's Ref as a person would say it.
func inWords(ref string) string {
	kind, name, _ := strings.Cut(ref, "/")
	switch rules.Kind(kind) {
	case rules.KindGroup:
		return "security group " + name
	case rules.KindDefinition:
		return "task definition " + name
	}
	return ref
}
