package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/firewarden/firewarden/pkg/rules"
)

// LedgerFindingsJSON writes {"version", "account", "region", "findings"}; the lists are never null.
func LedgerFindingsJSON(w io.Writer, at Place, all []LedgerFinding) error {
	doc := struct {
		Version string `json:"version"`
		Place
		Findings []LedgerFinding `json:"findings"`
	}{Version, at, append([]LedgerFinding{}, all...)}
	for i, f := range doc.Findings {
		doc.Findings[i].Evidence = append([]string{}, f.Evidence...)
	}
	return document(w, doc)
}

// LedgerRemediationsJSON writes {"version", "account", "region", "remediations"}; the lists are never null.
func LedgerRemediationsJSON(w io.Writer, at Place, all []LedgerRemediation) error {
	doc := struct {
		Version string `json:"version"`
		Place
		Remediations []LedgerRemediation `json:"remediations"`
	}{Version, at, append([]LedgerRemediation{}, all...)}
	for i := range doc.Remediations {
		doc.Remediations[i] = listed(doc.Remediations[i])
	}
	return document(w, doc)
}

// LedgerRecordJSON writes {"version", "account", "region", "remediation"}; the lists are never null.
func LedgerRecordJSON(w io.Writer, at Place, r LedgerRecord) error {
	r.LedgerRemediation = listed(r.LedgerRemediation)
	r.Notes = append([]string{}, r.Notes...)
	if !r.Revealed {
		r.Before, r.After = hidden(r.Before), hidden(r.After)
	}
	return document(w, struct {
		Version string `json:"version"`
		Place
		Remediation LedgerRecord `json:"remediation"`
	}{Version, at, r})
}

// listed is a remediation whose lists are not null.
func listed(r LedgerRemediation) LedgerRemediation {
	r.Rules, r.Findings = append([]string{}, r.Rules...), append([]string{}, r.Findings...)
	return r
}

// hidden is an image without values that may be secrets; one that is no JSON is kept back whole.
func hidden(image json.RawMessage) json.RawMessage {
	if len(image) == 0 {
		return image
	}
	var v any
	from := json.NewDecoder(bytes.NewReader(image))
	from.UseNumber()
	if err := from.Decode(&v); err != nil {
		return json.RawMessage(`null`)
	}
	out, err := json.Marshal(rules.Hide(v))
	if err != nil {
		return json.RawMessage(`null`)
	}
	return out
}
