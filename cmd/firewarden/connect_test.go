package main

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// awsAnswering answers STS, and CloudFormation as it is told, in their own XML.
func awsAnswering(t *testing.T, stack func(http.ResponseWriter, *http.Request)) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		switch r.Form.Get("Action") {
		case "GetCallerIdentity":
			_, _ = fmt.Fprint(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		case "ListStackResources":
			stack(w, r)
		default: // DynamoDB
			const body = `{"Items": [], "Count": 0}`
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10))
			_, _ = fmt.Fprint(w, body)
		}
	}))
	t.Cleanup(server.Close)
	nowhere := t.TempDir() + "/none"
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "",
		"AWS_PROFILE": "", "AWS_DEFAULT_REGION": "", "AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "FIREWARDEN_STACK": "",
	} {
		t.Setenv(name, value)
	}
}

const resources = `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member><LogicalResourceId>%s</LogicalResourceId>
<PhysicalResourceId>blue-1</PhysicalResourceId></member></StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`

func TestDial(t *testing.T) {
	var asked []string
	awsAnswering(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Form.Get("StackName"))
		switch r.Form.Get("StackName") {
		case "blue":
			_, _ = fmt.Fprintf(w, resources, "LedgerTable")
		case "other":
			_, _ = fmt.Fprintf(w, resources, "Bucket")
		default:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack does not exist</Message></Error></ErrorResponse>`)
		}
	})
	for args, want := range map[string]struct {
		code int
		talk string
	}{
		"findings --stack blue":  {0, "account 123456789012, eu-west-1: 0 findings"},
		"findings --table t":     {0, "0 findings"},
		"findings --stack other": {2, "reading stack other in eu-west-1: it has no LedgerTable"},
		"findings":               {2, "firewarden: reading stack firewarden in eu-west-1: api error ValidationError: Stack does not exist: name it with --stack, or the table with --table\n"},
	} {
		var out, talk bytes.Buffer
		if code := run(strings.Fields(args), streams{nil, &out, &talk}); code != want.code {
			t.Errorf("%s: exit code %d", args, code)
		}
		has(t, args, talk.String(), want.talk)
	}
	t.Setenv("FIREWARDEN_STACK", "blue")
	var out, talk bytes.Buffer
	same(t, "exit code with the stack in the environment", run([]string{"remediations"}, streams{nil, &out, &talk}), 0)
	slices.Sort(asked)
	same(t, "stacks read", asked, []string{"blue", "blue", "firewarden", "other"})
	t.Setenv("AWS_REGION", "")
	same(t, "exit code without a Region", run([]string{"findings"}, streams{nil, &out, &talk}), 2)
	has(t, "stderr", talk.String(), "no AWS Region is set: set AWS_REGION")
}
