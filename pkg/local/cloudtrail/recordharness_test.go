package cloudtrail_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
)

// sent collects what the proxy puts on the bus.
type sent chan *eventbridge.PutEventsInput

func (s sent) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	s <- in
	return &eventbridge.PutEventsOutput{}, nil
}

// entries answers the entries before a call, then those after it.
type entries struct{ before, after []ec2types.SecurityGroupRule }

func (e *entries) DescribeSecurityGroupRules(context.Context, *ec2.DescribeSecurityGroupRulesInput, ...func(*ec2.Options)) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	now := e.before
	e.before = e.after
	return &ec2.DescribeSecurityGroupRulesOutput{SecurityGroupRules: now}, nil
}

// call is one exchange between a client and the service behind the proxy.
type call struct {
	service, target, body string // target is X-Amz-Target, for JSON
	status                int    // of the answer; 0 is 200
	answer                string
	rules                 entries
}

// recordOf sends a call through a proxy and answers its record.
func recordOf(t *testing.T, c call) map[string]any {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(max(c.status, http.StatusOK))
		_, _ = io.WriteString(w, c.answer)
	}))
	defer upstream.Close()
	bus := make(sent, 1)
	p, err := cloudtrail.New(cloudtrail.Options{
		Upstream: upstream.URL, Region: "us-east-1", Account: "123456789012", EC2: &c.rules, Events: bus, Warn: t.Errorf,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	w := httptest.NewRecorder()
	p.ServeHTTP(w, request(c))
	if w.Code != max(c.status, http.StatusOK) || w.Body.String() != c.answer {
		t.Errorf("the client got %d %q", w.Code, w.Body)
	}
	select {
	case in := <-bus:
		return decode(t, []byte(*in.Entries[0].Detail))
	case <-time.After(10 * time.Second):
		t.Fatal("no record")
		return nil
	}
}

func request(c call) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:4566/", strings.NewReader(c.body))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/"+c.service+"/aws4_request, SignedHeaders=host, Signature=0")
	r.Header.Set("User-Agent", "APN/1.0 HashiCorp/1.0 Terraform/1.13.5")
	if c.target != "" {
		r.Header.Set("X-Amz-Target", c.target)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		return r
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func decode(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// recorded reads a record of the corpus.
func recorded(t *testing.T, path string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(corpus, path))
	if os.IsNotExist(err) {
		t.Skip("the corpus of real records is not beside the project")
	}
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, b)
}

func query(pairs ...string) string {
	v := url.Values{"Version": {"2016-11-15"}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// ok is EC2's answer to a call that answers nothing else.
const ok = `<R xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>59dbff89</requestId><return>true</return></R>`

func rule(id, group, cidr string, from, to int32) ec2types.SecurityGroupRule {
	return ec2types.SecurityGroupRule{
		SecurityGroupRuleId: &id, GroupId: &group, IsEgress: aws.Bool(false), IpProtocol: aws.String("tcp"), FromPort: &from, ToPort: &to,
		CidrIpv4: &cidr, Tags: []ec2types.Tag{{Key: aws.String("left"), Value: aws.String("out")}},
	}
}
