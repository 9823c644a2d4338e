package rules

import (
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Port is the port that the FireLens router's forward input listens on (AWS: "FireLens listens on port 24224").
const Port = 24224

// HTTPPort is the port of the HTTP server that the monitoring configurations built into AWS's router image switch on.
const HTTPPort = 2020

// Severity ranks a finding. The zero value is not a severity.
type Severity string

// The severities, in descending order.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

var severities = []Severity{Critical, High, Medium, Low, Info}

// Rank is 0 for Critical, growing as severity falls; an unknown severity ranks last.
func (s Severity) Rank() int {
	if i := slices.Index(severities, s); i >= 0 {
		return i
	}
	return len(severities)
}

// Mode says what is done about a rule's findings.
type Mode string

// The modes. Along means: told, and fixed only when another finding makes a corrected revision anyway.
const (
	Off       Mode = "off"
	Report    Mode = "report"
	Along     Mode = "along"
	Remediate Mode = "remediate"
)

// Kind names what a rule looks at.
type Kind string

// The kinds of resource.
const (
	KindDefinition Kind = "task-definition"
	KindGroup      Kind = "security-group"
)

// Resource is a [Definition] or a [Group].
type Resource interface {
	// Kind is the resource's kind; rules of another kind do not apply.
	Kind() Kind
	// Ref names the resource without a revision, as KIND/NAME: "task-definition/web", "security-group/sg-0abc".
	Ref() string
}

// State names what must be known before a rule can judge.
type State string

// The states that rules need. A definition alone may come from a file; the account is live.
const (
	NeedsDefinition State = "definition"
	NeedsAccount    State = "account"
)

// Params are the policy's thresholds and permissions that rules depend on. The zero value is the default policy.
type Params struct {
	// AllowProtocolLoss lets an all-traffic entry become tcp without 24224, udp, icmp and icmpv6: other IP protocols
	// cannot be listed and are lost.
	AllowProtocolLoss bool
	// SharedGroups lets a group be changed although something else behind it may serve 24224.
	SharedGroups bool
	// MemoryReservation is what FL503 gives a router without memory, in MiB; 0 is 100.
	MemoryReservation int32
	// RouterName is the pattern of FL501: "{family}" is the definition's family, "*" any text; "" is "{family}*".
	RouterName string
	// RequireMetadata makes FL507 look at enable-ecs-log-metadata.
	RequireMetadata bool
	// Lists are the rules' own settings (Rule.Settings), by key.
	Lists map[string][]string
	// Today is the day on which dated facts (an image line's end of life) are judged, in UTC; the zero value judges none.
	Today time.Time
}

// Rule is one consideration of the FireLens guide, or one common mistake, as a value.
type Rule struct {
	// ID is "FL" and three digits; never reused.
	ID string
	// Title is one line, without a full stop.
	Title string
	// Severity is what a finding has unless its evidence says otherwise.
	Severity Severity
	// Mode is what is done where the policy is silent.
	Mode Mode
	// Kind is the resource the rule looks at.
	Kind Kind
	// Needs is the state that must be known.
	Needs State
	// Settings are keys of the rule's own among the policy's thresholds; their values come in Params.Lists.
	Settings []Setting
	// Doc is what people read: `firewarden explain`, docs/rules.
	Doc Doc
	// Check returns the findings of a resource, nil for one that is compliant or not of the rule's kind.
	Check func(Resource, Params) []Finding
	// Fix returns the desired state as a changed copy; nil where no safe automatic fix exists.
	Fix func(Resource, Params) Resource
}

// Setting is a list of texts that a rule takes from the policy's thresholds. It is empty by default: the rule then finds nothing by it.
type Setting struct {
	Key   string // small letters and "_"
	About string // what it means, for the policy's schema
}

// Doc is a rule's documentation. Every field is required but Before and After, which belong to rules with a Fix.
type Doc struct {
	What    string   `json:"what"`             // what is wrong
	Why     string   `json:"why"`              // with one concrete failure
	Fix     string   `json:"fix"`              // what the fix does and does not do
	Silent  string   `json:"silent"`           // when the rule says nothing
	Before  string   `json:"before,omitempty"` // an example that the rule finds
	After   string   `json:"after,omitempty"`  // the same, corrected
	Sources []string `json:"sources"`          // where the facts come from; URLs first
}

var (
	idForm  = regexp.MustCompile(`^FL[1-9][0-9]{2}$`)
	keyForm = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
)

// Validate says what is missing or contradictory in a catalogue; the catalogue's own test calls it.
func Validate(all []Rule) error {
	seen := map[string]bool{}
	for _, r := range all {
		switch {
		case !idForm.MatchString(r.ID):
			return fmt.Errorf("rule %q: id is not FL and three digits", r.ID)
		case seen[r.ID]:
			return fmt.Errorf("rule %s: declared twice", r.ID)
		case r.Title == "" || r.Check == nil || r.Kind == "" || r.Needs == "":
			return fmt.Errorf("rule %s: title, kind, needs and check are required", r.ID)
		case r.Severity.Rank() == len(severities):
			return fmt.Errorf("rule %s: severity %q is unknown", r.ID, r.Severity)
		case r.Fix == nil && (r.Mode == Along || r.Mode == Remediate):
			return fmt.Errorf("rule %s: mode %s without a fix", r.ID, r.Mode)
		}
		if err := r.documented(); err != nil {
			return err
		}
		seen[r.ID] = true
	}
	return nil
}

// documented says what a rule's documentation lacks.
func (r Rule) documented() error {
	switch {
	case r.Doc.What == "" || r.Doc.Why == "" || r.Doc.Fix == "" || r.Doc.Silent == "" || len(r.Doc.Sources) == 0:
		return fmt.Errorf("rule %s: documentation is incomplete", r.ID)
	case r.Fix != nil && (r.Doc.Before == "" || r.Doc.After == ""):
		return fmt.Errorf("rule %s: a fix needs an example before and after", r.ID)
	}
	for _, s := range r.Settings {
		if !keyForm.MatchString(s.Key) || s.About == "" {
			return fmt.Errorf("rule %s: setting %q needs a key of small letters and \"_\", and a text about it", r.ID, s.Key)
		}
	}
	return nil
}

// onDefinition makes a Check of a function over definitions.
func onDefinition(check func(Definition, Params) []Finding) func(Resource, Params) []Finding {
	return func(r Resource, p Params) []Finding {
		if d, ok := r.(Definition); ok {
			return check(d, p)
		}
		return nil
	}
}

// onGroup makes a Check of a function over groups.
func onGroup(check func(Group, Params) []Finding) func(Resource, Params) []Finding {
	return func(r Resource, p Params) []Finding {
		if g, ok := r.(Group); ok {
			return check(g, p)
		}
		return nil
	}
}

// fixDefinition makes a Fix of a function over definitions.
func fixDefinition(fix func(Definition, Params) Definition) func(Resource, Params) Resource {
	return func(r Resource, p Params) Resource {
		if d, ok := r.(Definition); ok {
			return fix(d, p)
		}
		return r
	}
}

// fixGroup makes a Fix of a function over groups.
func fixGroup(fix func(Group, Params) Group) func(Resource, Params) Resource {
	return func(r Resource, p Params) Resource {
		if g, ok := r.(Group); ok {
			return fix(g, p)
		}
		return r
	}
}
