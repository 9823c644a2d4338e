package notify

import (
	"cmp"
	"slices"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Digest is what is to be told of one sweep. Its JSON form is docs/schema/digest.schema.json.
type Digest struct {
	Version string `json:"version"`
	// Status is "digest", for those who get notices too.
	Status    string    `json:"status"`
	Sweep     string    `json:"sweep"`
	Started   time.Time `json:"started"`
	Completed time.Time `json:"completed"`
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	Stack     string    `json:"stack,omitempty"`
	// Families and Groups are how many were looked at.
	Families int `json:"families"`
	Groups   int `json:"groups"`
	// Open are the open findings, in any order; RenderDigest puts the worst first and keeps as many as there is room for.
	Open []OpenFinding `json:"open"`
	// Total, BySeverity and ByRule count all open findings. RenderDigest fills them.
	Total      int            `json:"total"`
	BySeverity map[string]int `json:"by_severity"`
	ByRule     map[string]int `json:"by_rule"`
	// Since is when the last digest was made; the zero time in the first one. Remediated is what came after it.
	Since      time.Time    `json:"since,omitzero"`
	Remediated []Remediated `json:"remediated"`
	// Exemptions are those that end soon or have ended.
	Exemptions []Exemption `json:"exemptions"`
	// NotCovered is what a sweep does not look at, one a line.
	NotCovered []string `json:"not_covered"`
	// MissingTrail is a sentence, without its full stop, where no trail logs write management events; "" where one does.
	MissingTrail string `json:"missing_trail,omitempty"`
}

// OpenFinding is a finding that is neither remediated nor gone.
type OpenFinding struct {
	Rule     string         `json:"rule"`
	Severity rules.Severity `json:"severity"`
	// Status is where it stands in the ledger: open, reported, blocked, contested, …; Reason is why.
	Status   string `json:"status"`
	Reason   string `json:"reason,omitempty"`
	Resource string `json:"resource"`
	Message  string `json:"message"`
	// Since is when it was first seen.
	Since time.Time `json:"since"`
}

// Remediated is a remediation that took place.
type Remediated struct {
	// ID is the ledger's, for undo.
	ID       string    `json:"id"`
	Rules    []string  `json:"rules"`
	Resource string    `json:"resource"`
	At       time.Time `json:"at"`
}

// Exemption is one of the policy's or of a tag.
type Exemption struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"`
	Owner    string `json:"owner,omitempty"`
	Reason   string `json:"reason,omitempty"`
	// Until is the last day on which it counts, as midnight UTC at its beginning.
	Until time.Time `json:"until"`
	// Expired says that its last day was over when the sweep was completed. RenderDigest fills it.
	Expired bool `json:"expired"`
}

const (
	// openMax and mendedMax bound what the JSON lists, the others what the mail does.
	openMax       = 100
	mendedMax     = 100
	exemptionsMax = 50
	openMailed    = 30
	mendedMailed  = 20
)

// RenderDigest makes the message of a digest. It never fails and its size is bounded however much there is to say.
func RenderDigest(d Digest) Message {
	mended := len(d.Remediated)
	d = boundedDigest(counted(d))
	severity := string(rules.Info)
	for _, s := range severities(d) {
		severity = s
		break
	}
	return Message{
		Subject: digestSubject(d), Text: clip(digestText(d, mended), textMax), JSON: digestMachine(d), Chat: digestChat(d, mended),
		Attributes: attributesOf(map[string]string{"status": d.Status, "severity": severity, "account": d.Account, "region": d.Region}),
	}
}

// counted fills in the counts and puts the worst first.
func counted(d Digest) Digest {
	d.Version, d.Status = "1", "digest"
	d.Total, d.BySeverity, d.ByRule = len(d.Open), map[string]int{}, map[string]int{}
	for _, f := range d.Open {
		if f.Severity.Rank() <= rules.Info.Rank() {
			d.BySeverity[string(f.Severity)]++
		}
		if rule := inert(f.Rule); d.ByRule[rule] > 0 || len(d.ByRule) < rulesMax {
			d.ByRule[rule]++
		}
	}
	d.Open = slices.Clone(d.Open)
	slices.SortStableFunc(d.Open, func(a, b OpenFinding) int {
		return cmp.Or(cmp.Compare(a.Severity.Rank(), b.Severity.Rank()), a.Since.Compare(b.Since), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Rule, b.Rule))
	})
	return d
}

// severities are those of the open findings, the worst first.
func severities(d Digest) []string {
	var all []string
	for _, s := range []rules.Severity{rules.Critical, rules.High, rules.Medium, rules.Low, rules.Info} {
		if d.BySeverity[string(s)] > 0 {
			all = append(all, string(s))
		}
	}
	return all
}

// boundedDigest cuts what may grow without bound, and makes inert what others may have written.
func boundedDigest(d Digest) Digest {
	for _, s := range []*string{&d.Sweep, &d.Account, &d.Region, &d.Stack, &d.MissingTrail} {
		*s = inert(*s)
	}
	d.Open = each(d.Open, openMax, func(f OpenFinding) OpenFinding {
		f.Rule, f.Severity, f.Status, f.Reason = inert(f.Rule), rules.Severity(inert(string(f.Severity))), inert(f.Status), inert(f.Reason)
		f.Resource, f.Message = inert(f.Resource), inert(f.Message)
		return f
	})
	d.Remediated = each(d.Remediated, mendedMax, func(r Remediated) Remediated {
		r.ID, r.Resource, r.Rules = inert(r.ID), inert(r.Resource), each(r.Rules, rulesMax, inert)
		return r
	})
	completed := d.Completed
	d.Exemptions = each(d.Exemptions, exemptionsMax, func(e Exemption) Exemption {
		e.Rule, e.Resource, e.Owner, e.Reason = inert(e.Rule), inert(e.Resource), inert(e.Owner), inert(e.Reason)
		e.Expired = !completed.Before(e.Until.AddDate(0, 0, 1))
		return e
	})
	d.NotCovered = append([]string{}, lines(d.NotCovered)...)
	return d
}

// each is the first of a list, each changed; an empty list where there is none.
func each[T any](list []T, most int, change func(T) T) []T {
	out := make([]T, 0, min(len(list), most))
	for _, v := range list[:min(len(list), most)] {
		out = append(out, change(v))
	}
	return out
}

// digestMachine is the digest as JSON of at most jsonMax bytes: the lists are cut where it would be longer.
func digestMachine(d Digest) string {
	return shortened(func() any { return d },
		func() { d.Open = d.Open[:min(len(d.Open), openMailed)] },
		func() {
			d.Remediated = d.Remediated[:min(len(d.Remediated), mendedMailed)]
			for i := range d.Remediated {
				d.Remediated[i].Rules = d.Remediated[i].Rules[:min(len(d.Remediated[i].Rules), rulesNamed)]
			}
		},
		func() { d.NotCovered = d.NotCovered[:min(len(d.NotCovered), findingsKept)] },
		func() {
			d.Open, d.Remediated, d.Exemptions = d.Open[:min(len(d.Open), findingsKept)], []Remediated{}, []Exemption{}
		},
	)
}
