package trigger

import "slices"

// permissionsRequest is the request of AuthorizeSecurityGroupIngress and of RevokeSecurityGroupIngress: permissions as a list, or
// one in the flat form of the command line's --protocol, --port and --cidr, which leaves the list empty. A revocation may name
// entries by their ids instead, which say nothing of ports.
type permissionsRequest struct {
	GroupID     string `json:"groupId"`
	GroupName   string `json:"groupName"`
	Permissions struct {
		Items many[entry] `json:"items"`
	} `json:"ipPermissions"`
	entry
}

func (r permissionsRequest) entries() []entry {
	if r.entry == (entry{}) {
		return r.Permissions.Items
	}
	return append(slices.Clip(r.Permissions.Items), r.entry)
}

// permissionsResponse has an item a source. Records from before the middle of 2021 have no rule set, many revocations of later
// ones neither.
type permissionsResponse struct {
	Made    ruleSet `json:"securityGroupRuleSet"`
	Revoked ruleSet `json:"revokedSecurityGroupRuleSet"`
}

type ruleSet struct {
	Items many[written] `json:"items"`
}

// written is an entry that a call made or took away.
type written struct {
	GroupID string `json:"groupId"`
	entry
}

func (r permissionsResponse) entries() []entry {
	var found []entry
	for _, item := range slices.Concat(r.Made.Items, r.Revoked.Items) {
		found = append(found, item.entry)
	}
	return found
}

// readPermissions names the group by the request's id, else by the response's, else by its name (calls of the default VPC). What
// was written is what the response says, or the request where that has no rule set.
func readPermissions(m message, e *Event) error {
	var req permissionsRequest
	var resp permissionsResponse
	sure := fill(&req, m.record.Request)
	sure = fill(&resp, m.record.Response) && sure
	if err := e.nameGroups(req, resp); err != nil {
		return err
	}
	entries := resp.entries()
	if len(entries) == 0 {
		entries = req.entries()
	}
	e.judge(m, entries, sure)
	return nil
}

func (e *Event) nameGroups(req permissionsRequest, resp permissionsResponse) error {
	const at = "detail.requestParameters.groupId"
	if id := told(req.GroupID); id != "" {
		return e.addGroup(at, id)
	}
	if err := e.addWritten("securityGroupRuleSet", resp.Made); err != nil {
		return err
	}
	if err := e.addWritten("revokedSecurityGroupRuleSet", resp.Revoked); err != nil {
		return err
	}
	name := told(req.GroupName)
	switch {
	case len(e.Groups) > 0:
		return nil
	case name == "":
		return missing(at)
	case !nameForm.MatchString(name):
		return malformed("detail.requestParameters.groupName is no name of a security group")
	}
	e.GroupNames = []string{name}
	return nil
}

// addWritten adds the groups that a response's rule set names; its name is the response's.
func (e *Event) addWritten(name string, set ruleSet) error {
	for _, item := range set.Items {
		id := told(item.GroupID)
		if id == "" {
			continue
		}
		if err := e.addGroup("detail.responseElements."+name+".items.groupId", id); err != nil {
			return err
		}
	}
	return nil
}

// modifyRequest is ModifySecurityGroupRules' request, in the case of its query string. It has no direction, and the response
// holds nothing: an egress entry looks like an ingress one.
type modifyRequest struct {
	Call struct {
		GroupID string `json:"GroupId"`
		Changes many[struct {
			Entry entry `json:"SecurityGroupRule"`
		}] `json:"SecurityGroupRule"`
	} `json:"ModifySecurityGroupRulesRequest"`
}

func readModify(m message, e *Event) error {
	var req modifyRequest
	sure := fill(&req, m.record.Request)
	if err := e.addGroup("detail.requestParameters.ModifySecurityGroupRulesRequest.GroupId", told(req.Call.GroupID)); err != nil {
		return err
	}
	var entries []entry
	for _, change := range req.Call.Changes {
		entries = append(entries, change.Entry)
	}
	e.judge(m, entries, sure)
	return nil
}

// judge makes a Group event, unless the entries are surely all that the call wrote and leave 24224 alone.
func (e *Event) judge(m message, entries []entry, sure bool) {
	e.Kind = Group
	if sure && !cut(m.Detail) && sparePort(entries) {
		e.ignore(reasonAlone)
	}
}

// addGroup adds a group's id once; path is where the message has it.
func (e *Event) addGroup(path, id string) error {
	switch {
	case id == "":
		return missing(path)
	case !groupForm.MatchString(id):
		return malformed(path + " is no id of a security group")
	case !slices.Contains(e.Groups, id):
		e.Groups = append(e.Groups, id)
	}
	return nil
}
