package cloudtrail

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Call is one call that went through the proxy.
type Call struct {
	// Time is when the call came.
	Time time.Time
	// Service and Region are the credential scope's: "ec2", "ecs", "dynamodb", "sqs"; "us-east-1". Empty for an unsigned call.
	Service, Region string
	// Action is the API's name: "AuthorizeSecurityGroupIngress"; for a REST service its method and path: "GET /2015-03-31/functions".
	Action string
	// AccessKey signed the call; Principal is the ARN it belongs to.
	AccessKey, Principal string
	// Mutating says whether the action changes anything, going by its name. See Changed.
	Mutating bool
	// Status is the HTTP status of the answer; ErrorCode the service's error code ("InvalidPermission.Duplicate"), empty on success.
	Status    int
	ErrorCode string
}

// Changed says whether the call changed something: a mutating action that succeeded. A dry run fails (DryRunOperation).
func (c Call) Changed() bool { return c.Mutating && c.Status < http.StatusMultipleChoices }

// reading begins the names of actions that change nothing. CloudTrail marks these readOnly.
var reading = []string{
	"Describe", "Get", "List", "Lookup", "Search", "Query", "Scan", "BatchGet", "TransactGet", "Receive", "Simulate", "Discover",
	"Check", "Validate", "Assume", "GET ", "HEAD ",
}

func mutates(action string) bool {
	for _, r := range reading {
		if strings.HasPrefix(action, r) {
			return false
		}
	}
	return true
}

// identify reads who calls what. The body is the request's, whole.
func identify(r *http.Request, body []byte) (Call, url.Values) {
	key, region, service := scope(r)
	form := r.URL.Query()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		// A body that is no form names no action and is passed on as it is.
		if f, err := url.ParseQuery(string(body)); err == nil {
			form = f
		}
	}
	action := actionOf(r, form)
	return Call{
		Time: time.Now().UTC(), Service: service, Region: region, Action: action, AccessKey: key, Mutating: mutates(action),
	}, form
}

// actionOf finds the action where each protocol has it: X-Amz-Target (JSON), the form (query), the path (RPC v2), or nowhere (REST).
func actionOf(r *http.Request, form url.Values) string {
	if _, name, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return name
	}
	if a := form.Get("Action"); a != "" {
		return a
	}
	if i := strings.LastIndex(r.URL.Path, "/operation/"); i >= 0 {
		return r.URL.Path[i+len("/operation/"):]
	}
	return r.Method + " " + r.URL.Path
}

// scope reads "Credential=KEY/DATE/REGION/SERVICE/aws4_request" from the header, or from a presigned call's query.
func scope(r *http.Request) (key, region, service string) {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	credential, _, _ := strings.Cut(rest, ",")
	if credential == "" {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	parts := strings.Split(credential, "/")
	if len(parts) != 5 {
		return "", "", ""
	}
	return parts[0], parts[2], parts[3]
}
