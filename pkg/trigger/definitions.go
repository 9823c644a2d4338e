package trigger

import (
	"regexp"
	"slices"
)

// definitionForm is a task definition in any form: a family, family:revision, or an ARN. Its groups are the family and, where
// there is one, the revision.
var definitionForm = regexp.MustCompile(`^(?:arn:[a-z0-9-]+:ecs:[a-z0-9-]+:[0-9]+:task-definition/)?([A-Za-z0-9_-]{1,255})(?::([0-9]{1,10}))?$`)

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

// readDeregister names the family whose revision is gone: its latest one is another now, or there is none, and then its findings
// are.
func readDeregister(m message, e *Event) error {
	var req struct {
		Definition string `json:"taskDefinition"`
	}
	var resp struct {
		Definition struct {
			ARN string `json:"taskDefinitionArn"`
		} `json:"taskDefinition"`
	}
	fill(&req, m.record.Request)
	fill(&resp, m.record.Response)
	e.Kind = Definition
	_, err := e.addDefinition("detail.requestParameters.taskDefinition", told(req.Definition, resp.Definition.ARN))
	return err
}

// addDefinition adds the family of a task definition in any form, and returns "family:revision", or the family alone where ref
// tells no revision.
func (e *Event) addDefinition(path, ref string) (short string, err error) {
	if ref == "" {
		return "", missing(path)
	}
	parts := definitionForm.FindStringSubmatch(ref)
	if parts == nil {
		return "", malformed(path + " is no task definition")
	}
	short = parts[1]
	if parts[2] != "" {
		short += ":" + parts[2]
	}
	return short, e.addFamily(path, parts[1])
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
