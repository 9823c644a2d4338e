package simulation

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/firewarden/firewarden/pkg/iampolicy"
)

// Action is the call that is answered here.
const Action = "SimulatePrincipalPolicy"

// Answer answers a call, by its form, in IAM's XML. The error is of reading the role.
func Answer(ctx context.Context, api API, form url.Values, requestID string) (status int, body []byte, err error) {
	found, err := simulate(ctx, api, form)
	var refused *iampolicy.Refusal
	switch {
	case errors.As(err, &refused):
		return refusedWith(*refused, requestID)
	case err != nil:
		return 0, nil, err
	}
	body, err = xml.Marshal(response{Result: found, RequestID: requestID})
	return http.StatusOK, body, err
}

func simulate(ctx context.Context, api API, form url.Values) (result, error) {
	q, refused := request(form)
	if refused == nil {
		refused = q.Refused()
	}
	if refused != nil {
		return result{}, refused
	}
	role, err := reader{ctx, api}.role(q.Source)
	if err != nil {
		return result{}, err
	}
	page, next, refused := q.Page(role.Simulate(q))
	if refused != nil {
		return result{}, refused
	}
	out := result{IsTruncated: next != "", Marker: next}
	for _, r := range page {
		out.Evaluations = append(out.Evaluations, evaluationOf(r))
	}
	return out, nil
}

// here are the parameters that are understood, by how their names begin.
var here = []string{"Action", "Version", "PolicySourceArn", "ActionNames.", "ResourceArns.", "ContextEntries.", "MaxItems", "Marker"}

// request reads a form. What it asks for beyond a role's own policies is refused: an answer without it would be wrong.
func request(form url.Values) (iampolicy.Request, *iampolicy.Refusal) {
	q := iampolicy.Request{
		Source: form.Get("PolicySourceArn"), Actions: members(form, "ActionNames"), Resources: members(form, "ResourceArns"),
		Context: map[string][]string{}, Marker: form.Get("Marker"), ResourcePolicy: form.Has("ResourcePolicy"),
	}
	for name := range form {
		understood := name == "ResourcePolicy"
		for _, prefix := range here {
			understood = understood || name == prefix || strings.HasSuffix(prefix, ".") && strings.HasPrefix(name, prefix)
		}
		if !understood {
			return q, iampolicy.Refuse("InvalidInput", "the local cloud simulates a role's own policies: it does not know %s", name)
		}
	}
	if !strings.Contains(q.Source, ":role/") {
		return q, iampolicy.Refuse("InvalidInput", "the local cloud simulates roles only, not %s", q.Source)
	}
	for i := 1; form.Has(entry(i) + "ContextKeyName"); i++ {
		q.Context[form.Get(entry(i)+"ContextKeyName")] = members(form, entry(i)+"ContextKeyValues")
	}
	if !form.Has("MaxItems") {
		return q, nil
	}
	n, err := strconv.Atoi(form.Get("MaxItems"))
	if err != nil || n < 1 {
		return q, iampolicy.Refuse("ValidationError", "maxItems is %s", form.Get("MaxItems"))
	}
	q.MaxItems = n
	return q, nil
}

func entry(i int) string { return "ContextEntries.member." + strconv.Itoa(i) + "." }

// members is a list of a form: NAME.member.1 and so on.
func members(form url.Values, name string) []string {
	var all []string
	for i := 1; ; i++ {
		key := name + ".member." + strconv.Itoa(i)
		if !form.Has(key) {
			return all
		}
		all = append(all, form.Get(key))
	}
}

// The answer, as the API reference has it.
type (
	response struct {
		XMLName   xml.Name `xml:"https://iam.amazonaws.com/doc/2010-05-08/ SimulatePrincipalPolicyResponse"`
		Result    result   `xml:"SimulatePrincipalPolicyResult"`
		RequestID string   `xml:"ResponseMetadata>RequestId"`
	}
	result struct {
		IsTruncated bool
		Marker      string       `xml:",omitempty"`
		Evaluations []evaluation `xml:"EvaluationResults>member"`
	}
	evaluation struct {
		EvalActionName, EvalResourceName, EvalDecision string

		Missing   []string   `xml:"MissingContextValues>member"`
		Boundary  *boundary  `xml:"PermissionsBoundaryDecisionDetail"`
		Resources []resource `xml:"ResourceSpecificResults>member"`
	}
	resource struct {
		EvalResourceName, EvalResourceDecision string

		Missing  []string  `xml:"MissingContextValues>member"`
		Boundary *boundary `xml:"PermissionsBoundaryDecisionDetail"`
	}
	boundary struct {
		Allowed bool `xml:"AllowedByPermissionsBoundary"`
	}
	failure struct {
		XMLName   xml.Name `xml:"https://iam.amazonaws.com/doc/2010-05-08/ ErrorResponse"`
		Error     struct{ Type, Code, Message string }
		RequestID string `xml:"RequestId"`
	}
)

func evaluationOf(r types.EvaluationResult) evaluation {
	e := evaluation{
		EvalActionName: aws.ToString(r.EvalActionName), EvalResourceName: aws.ToString(r.EvalResourceName), EvalDecision: string(r.EvalDecision),
		Missing: r.MissingContextValues, Boundary: boundaryOf(r.PermissionsBoundaryDecisionDetail),
	}
	for _, on := range r.ResourceSpecificResults {
		e.Resources = append(e.Resources, resource{
			EvalResourceName: aws.ToString(on.EvalResourceName), EvalResourceDecision: string(on.EvalResourceDecision),
			Missing: on.MissingContextValues, Boundary: boundaryOf(on.PermissionsBoundaryDecisionDetail),
		})
	}
	return e
}

func boundaryOf(d *types.PermissionsBoundaryDecisionDetail) *boundary {
	if d == nil {
		return nil
	}
	return &boundary{d.AllowedByPermissionsBoundary}
}

// statuses are those of IAM's errors that are not 400.
var statuses = map[string]int{"NoSuchEntity": http.StatusNotFound, "PolicyEvaluation": http.StatusInternalServerError}

func refusedWith(r iampolicy.Refusal, requestID string) (int, []byte, error) {
	f := failure{RequestID: requestID}
	f.Error.Type, f.Error.Code, f.Error.Message = "Sender", r.Code, r.Message
	body, err := xml.Marshal(f)
	status, ok := statuses[r.Code]
	if !ok {
		status = http.StatusBadRequest
	}
	return status, body, err
}
