package trigger

import (
	"cmp"
	"strings"
	"time"
	"unicode"
)

// Origin is who did what, when: for notices, never for decisions on its own. Its texts are printable and at most 512
// characters long, and still say whatever their author wrote.
type Origin struct {
	// EventID is CloudTrail's event id, by which the record can be looked up, else the envelope's id.
	EventID   string    `json:"event_id,omitempty"`
	EventName string    `json:"event_name,omitempty"`
	Time      time.Time `json:"time,omitzero"`
	Account   string    `json:"account,omitempty"`
	Region    string    `json:"region,omitempty"`
	// Principal is the caller's ARN, else the invoking service, else the kind of identity.
	Principal string `json:"principal,omitempty"`
	SourceIP  string `json:"source_ip,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
}

// identity is a CloudTrail userIdentity. CloudFormation's calls have invokedBy and the deploying role's ARN.
type identity struct {
	Type      string `json:"type"`
	ARN       string `json:"arn"`
	InvokedBy string `json:"invokedBy"`
}

// origin is what the record says, and where it is silent the envelope. ECS's own events name nobody: they are ECS's doing, by
// their detail-type.
func (m message) origin() Origin {
	var who identity
	fill(&who, m.record.UserIdentity)
	name := m.record.EventName
	if m.Source == "aws.ecs" && m.DetailType != viaCloudTrail {
		name, who.InvokedBy = m.DetailType, "ecs.amazonaws.com"
	}
	return Origin{
		EventID:   cmp.Or(m.record.EventID, m.ID),
		EventName: name,
		Time:      cmp.Or(instant(m.record.EventTime), instant(m.Time)),
		Account:   cmp.Or(m.Account, m.record.RecipientAccountID),
		Region:    cmp.Or(m.record.Region, m.Region),
		Principal: cmp.Or(who.ARN, who.InvokedBy, who.Type),
		SourceIP:  m.record.SourceIP,
		UserAgent: m.record.UserAgent,
	}.clean()
}

// clean makes an origin fit for JSON and for people to read.
func (o Origin) clean() Origin {
	for _, text := range []*string{&o.EventID, &o.EventName, &o.Account, &o.Region, &o.Principal, &o.SourceIP, &o.UserAgent} {
		*text = printable(*text)
	}
	if y := o.Time.Year(); y < 1 || y > 9999 { // time.Time refuses to be marshalled outside these
		o.Time = time.Time{}
	}
	return o
}

// maxText bounds the texts that a stranger chose, in characters.
const maxText = 512

// printable cuts a text, and puts a space for what moves a cursor, hides, or turns the direction of writing.
func printable(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxText {
			break
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// instant reads a time in RFC 3339; the zero time stands for one that is none.
func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
