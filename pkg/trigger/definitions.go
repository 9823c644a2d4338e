package trigger

import "slices"

// registration is what both halves of a RegisterTaskDefinition say of its family. The rest of the definition is not looked at:
// it may be cut, and the latest revision is read afresh anyway.
type registration struct {
	Family string `json:"family"`
}

// readRegister names the family by the request, else by the response.
func readRegister(m message, e *Event) error {
	var req registration
	fill(&req, m.record.Request)
	family := told(req.Family)
	if family == "" {
		var resp struct {
			Definition registration `json:"taskDefinition"`
		}
		fill(&resp, m.record.Response)
		family = told(resp.Definition.Family)
	}
	e.Kind = Definition
	return e.addFamily("detail.requestParameters.family", family)
}

// addFamily adds a family once; path is where the message has it.
func (e *Event) addFamily(path, family string) error {
	switch {
	case family == "":
		return missing(path)
	case !familyForm.MatchString(family):
		return malformed(path + " is no family of task definitions")
	case !slices.Contains(e.Families, family):
		e.Families = append(e.Families, family)
	}
	return nil
}
