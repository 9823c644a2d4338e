package cloudtrail_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/firewarden/firewarden/pkg/local"
	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
)

// trail is a proxy before an emulator whose default bus sends all CloudTrail events of EC2 to a queue.
type trail struct {
	*cloudtrail.Proxy
	url    string
	ec2    *ec2.Client
	sqs    *sqs.Client
	queue  string
	mu     sync.Mutex
	warned []string
}

const region = "us-east-1"

func config(url, region string) aws.Config {
	return aws.Config{BaseEndpoint: &url, Region: region, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST000000000000", "x", "")}
}

func newTrail(t *testing.T) *trail {
	t.Helper()
	python, err := local.Python("../../..")
	if err != nil {
		t.Fatal(err)
	}
	e, err := local.StartEmulator(t.Context(), python, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	direct := config(e.URL, region)
	tr := &trail{sqs: sqs.NewFromConfig(direct)}
	tr.Proxy, err = cloudtrail.New(cloudtrail.Options{
		Upstream: e.URL, Region: region, Account: "123456789012", EC2: ec2.NewFromConfig(direct), Events: eventbridge.NewFromConfig(direct), Warn: tr.warn,
		IAM: iam.NewFromConfig(direct),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	server := httptest.NewServer(tr)
	t.Cleanup(server.Close)
	tr.url, tr.ec2 = server.URL, ec2.NewFromConfig(config(server.URL, region))
	tr.listen(t, eventbridge.NewFromConfig(direct))
	return tr
}

func (tr *trail) warn(format string, args ...any) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.warned = append(tr.warned, fmt.Sprintf(format, args...))
}

// listen makes the queue and the pattern that feeds it.
func (tr *trail) listen(t *testing.T, events *eventbridge.Client) {
	t.Helper()
	q := must(tr.sqs.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("heard")}))(t)
	tr.queue = *q.QueueUrl
	must(events.PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name:         aws.String("ingress"),
		EventPattern: aws.String(`{"source":["aws.ec2"],"detail":{"eventName":["AuthorizeSecurityGroupIngress","RevokeSecurityGroupIngress"],"errorCode":[{"exists":false}]}}`),
	}))(t)
	must(events.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: aws.String("ingress"), Targets: []eventtypes.Target{{Id: aws.String("q"), Arn: aws.String("arn:aws:sqs:" + region + ":123456789012:heard")}},
	}))(t)
}

// heard waits for the next record that the pattern lets through.
func (tr *trail) heard(t *testing.T) map[string]any {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		out := must(tr.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &tr.queue, WaitTimeSeconds: 1}))(t)
		if len(out.Messages) == 0 {
			continue
		}
		must(tr.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &tr.queue, ReceiptHandle: out.Messages[0].ReceiptHandle}))(t)
		var envelope struct {
			Source     string
			DetailType string `json:"detail-type"`
			Detail     map[string]any
		}
		if err := json.Unmarshal([]byte(*out.Messages[0].Body), &envelope); err != nil {
			t.Fatal(err)
		}
		if envelope.Source != "aws.ec2" || envelope.DetailType != "AWS API Call via CloudTrail" {
			t.Errorf("envelope of %s, %s", envelope.Source, envelope.DetailType)
		}
		return envelope.Detail
	}
}

func (tr *trail) group(t *testing.T, name string) string {
	t.Helper()
	return *must(tr.ec2.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: &name, Description: aws.String("test")}))(t).GroupId
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func permission(from, to int32, cidr string) types.IpPermission {
	return types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: &from, ToPort: &to, IpRanges: []types.IpRange{{CidrIp: &cidr}}}
}

// items are the rules of a response.
func items(record map[string]any, set string) []map[string]any {
	response, _ := record["responseElements"].(map[string]any)
	list, _ := response[set].(map[string]any)
	all, _ := list["items"].([]any)
	var out []map[string]any
	for _, i := range all {
		out = append(out, i.(map[string]any))
	}
	return out
}

// TestARecordHasAllEntriesOfTheCall: moto answers those of the last permission (docs/emulator.md, E04), and the first one here
// is the one that opens 24224.
func TestARecordHasAllEntriesOfTheCall(t *testing.T) {
	tr := newTrail(t)
	group := tr.group(t, "many")
	must(tr.ec2.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []types.IpPermission{
		permission(24224, 24224, "0.0.0.0/0"), permission(443, 443, "10.0.0.0/8"),
	}}))(t)
	made := items(tr.heard(t), "securityGroupRuleSet")
	ports := map[any]bool{}
	for _, i := range made {
		ports[i["fromPort"]] = true
		if i["groupOwnerId"] != "123456789012" || i["groupId"] != group || !strings.HasPrefix(fmt.Sprint(i["securityGroupRuleId"]), "sgr-") {
			t.Errorf("item %v", i)
		}
	}
	if len(made) != 2 || !ports[24224.0] || !ports[443.0] {
		t.Fatalf("entries %v, want both", made)
	}
	must(tr.ec2.RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &group, SecurityGroupRuleIds: []string{made[0]["securityGroupRuleId"].(string)},
	}))(t)
	gone := items(tr.heard(t), "revokedSecurityGroupRuleSet")
	if len(gone) != 1 || gone[0]["securityGroupRuleId"] != made[0]["securityGroupRuleId"] {
		t.Errorf("revoked %v, want %v", gone, made[0])
	}
}

func TestAGroupByNameIsNamedInTheResponse(t *testing.T) {
	tr := newTrail(t)
	group := tr.group(t, "by-name")
	must(tr.ec2.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupName: aws.String("by-name"), IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24224), ToPort: aws.Int32(24224), CidrIp: aws.String("0.0.0.0/0"),
	}))(t)
	record := tr.heard(t)
	request, _ := record["requestParameters"].(map[string]any)
	if _, has := request["groupId"]; has || request["groupName"] != "by-name" || request["fromPort"] != 24224.0 {
		t.Errorf("request %v", request)
	}
	if made := items(record, "securityGroupRuleSet"); len(made) != 1 || made[0]["groupId"] != group {
		t.Errorf("entries %v, want one of %s", made, group)
	}
}

// TestWhatChangedNothingIsNotHeard: a refusal and a dry run come before a change, and the change is what is heard first.
func TestWhatChangedNothingIsNotHeard(t *testing.T) {
	tr := newTrail(t)
	group := tr.group(t, "refused")
	open := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []types.IpPermission{permission(80, 80, "10.0.0.0/8")}}
	dry := *open
	dry.DryRun = aws.Bool(true)
	unknown := *open
	unknown.GroupId = aws.String("sg-00000000000000000")
	for want, in := range map[string]*ec2.AuthorizeSecurityGroupIngressInput{"DryRunOperation": &dry, "InvalidGroup.NotFound": &unknown} {
		_, err := tr.ec2.AuthorizeSecurityGroupIngress(t.Context(), in)
		var refusal smithy.APIError
		if !errors.As(err, &refusal) || refusal.ErrorCode() != want {
			t.Errorf("error %v, want %s through the proxy", err, want)
		}
	}
	must(tr.ec2.AuthorizeSecurityGroupIngress(t.Context(), open))(t)
	if record := tr.heard(t); record["errorCode"] != nil || len(items(record, "securityGroupRuleSet")) != 1 {
		t.Errorf("heard %v", record)
	}
	calls := tr.Calls(cloudtrail.Actions("AuthorizeSecurityGroupIngress"))
	if changes := tr.Calls(cloudtrail.Actions("AuthorizeSecurityGroupIngress"), cloudtrail.Changes); len(calls) != 3 || len(changes) != 1 {
		t.Errorf("%d calls and %d changes in the log, want 3 and 1", len(calls), len(changes))
	}
}

func TestAnotherRegionIsWarnedOfOnce(t *testing.T) {
	tr := newTrail(t)
	abroad := ec2.NewFromConfig(config(tr.url, "eu-west-1"))
	for _, name := range []string{"a", "b"} {
		must(abroad.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: &name, Description: aws.String("test")}))(t)
	}
	must(abroad.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{}))(t)
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if len(tr.warned) != 1 || !strings.Contains(tr.warned[0], "eu-west-1") || !strings.Contains(tr.warned[0], "AWS_REGION="+region) {
		t.Errorf("warnings %q, want one that says what to do", tr.warned)
	}
}

// TestTheClientsHostIsKept: moto checks signatures with it when IAM is enforced.
func TestTheClientsHostIsKept(t *testing.T) {
	host := make(chan string, 1)
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { host <- r.Host }))
	defer upstream.Close()
	p, err := cloudtrail.New(cloudtrail.Options{Upstream: upstream.URL, Region: region, Account: "123456789012", Events: make(sent, 1), Warn: t.Errorf})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.ServeHTTP(httptest.NewRecorder(), request(call{service: "sqs", body: query("Action", "ListQueues")}))
	if got := <-host; got != "127.0.0.1:4566" {
		t.Errorf("upstream saw the host %s", got)
	}
}
