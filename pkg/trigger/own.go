package trigger

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Source is the source of all our own messages.
const Source = "firewarden"

// The detail-types of our own messages; template.yaml's patterns and the schedule's constant input have them too.
const (
	DetailTypeFinding = "FireWarden Finding"
	DetailTypeSweep   = "FireWarden Sweep"
	DetailTypeShard   = "FireWarden Shard"
)

// version is the version of the details below; it changes when a reader of the old shape would read a new one wrongly.
const version = "1"

// Message is one of our own messages, made by FindingMessage, SweepMessage or ShardMessage. Its fields are those of a PutEvents
// entry, Detail being a JSON object.
type Message struct {
	DetailType string
	Detail     string
}

// Body is the message as the body of an SQS message: the envelope's parts that Parse needs, in JSON.
func (m Message) Body() string {
	return `{"source":"` + Source + `","detail-type":"` + m.DetailType + `","detail":` + m.Detail + `}`
}

type findingDetail struct {
	Version     string        `json:"version"`
	Finding     rules.Finding `json:"finding"`
	Fingerprint string        `json:"fingerprint"`
	Origin      Origin        `json:"origin"`
	Sweep       string        `json:"sweep"`
}

type sweepDetail struct {
	Version string `json:"version"`
}

// FindingMessage is the finding event: what was found, on whose call, and in which sweep ("" for none).
func FindingMessage(f rules.Finding, o Origin, sweep string) (Message, error) {
	return own(DetailTypeFinding, findingDetail{
		Version: version, Finding: f, Fingerprint: f.Fingerprint(), Origin: o.clean(), Sweep: sweep,
	})
}

// SweepMessage is the schedule's message: its Body is the constant input of template.yaml's schedule.
func SweepMessage() Message {
	return Message{DetailType: DetailTypeSweep, Detail: `{"version":"` + version + `"}`}
}

func own(detailType string, detail any) (Message, error) {
	raw, err := json.Marshal(detail)
	return Message{DetailType: detailType, Detail: string(raw)}, err
}

var statuses = []rules.Status{rules.Noncompliant, rules.Unknown, rules.Compliant, rules.Suppressed}

// readFinding takes the resource that a finding names. Anyone who may put events on the bus can forge one: it is re-read and
// re-evaluated like any other.
func readFinding(m message, e *Event) error {
	var d findingDetail
	if err := strict(&d, m.Detail, &d.Version); err != nil {
		return err
	}
	switch {
	case !ruleForm.MatchString(d.Finding.Rule):
		return malformed("detail.finding.rule is no id of a rule")
	case !slices.Contains(statuses, d.Finding.Status):
		return malformed("detail.finding.status is none of noncompliant, unknown, compliant and suppressed")
	case d.Fingerprint != d.Finding.Fingerprint():
		return malformed("detail.fingerprint is not that of the finding")
	case d.Sweep != "" && !sweepForm.MatchString(d.Sweep):
		return malformed("detail.sweep is no id of a sweep")
	}
	e.Kind, e.Finding, e.SweepID, e.Origin = Finding, d.Finding, d.Sweep, d.Origin.clean()
	return e.addResource(d.Finding.Resource)
}

func (e *Event) addResource(ref string) error {
	const at = "detail.finding.resource"
	of, name, _ := strings.Cut(ref, "/")
	switch rules.Kind(of) {
	case rules.KindDefinition:
		return e.addFamily(at, name)
	case rules.KindGroup:
		return e.addGroup(at, name)
	}
	return malformed(at + " is neither a task definition nor a security group")
}

func readSweep(m message, e *Event) error {
	var d sweepDetail
	e.Kind = Sweep
	return strict(&d, m.Detail, &d.Version)
}

// strict decodes a detail of ours, all of it, and wants the version that we write; got is where v keeps it.
func strict(v any, raw json.RawMessage, got *string) error {
	return strictly(v, raw, got, version)
}

func strictly(v any, raw json.RawMessage, got *string, version string) error {
	if len(raw) == 0 {
		return missing("detail")
	}
	err := json.Unmarshal(raw, v)
	var other *json.UnmarshalTypeError
	switch {
	case errors.As(err, &other):
		return malformed("detail" + dotted(other.Field) + " is of another type")
	case err != nil: // the body is JSON, so that only a time's own form is left
		return malformed("detail.origin.time is no time")
	case *got != version:
		return malformed("detail.version is not " + version)
	}
	return nil
}

// dotted is a field's path below another; encoding/json builds it of the struct's own names, never of the message's.
func dotted(field string) string {
	if field == "" {
		return ""
	}
	return "." + field
}
