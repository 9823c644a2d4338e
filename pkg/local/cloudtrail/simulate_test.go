package cloudtrail_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
)

const allows = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "%s", "Resource": "*"}]}`

// TestRolesAreSimulatedFromTheirPoliciesOnTheEmulator gives a role policies of each kind there is, by the emulator's own calls.
func TestRolesAreSimulatedFromTheirPoliciesOnTheEmulator(t *testing.T) {
	tr := newTrail(t)
	client, ctx, name := iam.NewFromConfig(config(tr.url, region)), t.Context(), aws.String("shop")
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	bound, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("bound"), PolicyDocument: aws.String(fmt.Sprintf(allows, "s3:*"))})
	check(err)
	managed, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("managed"), PolicyDocument: aws.String(fmt.Sprintf(allows, "s3:GetObject"))})
	check(err)
	role, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: aws.String(`{"Version": "2012-10-17", "Statement": []}`), PermissionsBoundary: bound.Policy.Arn})
	check(err)
	_, err = client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: aws.String("inline"), PolicyDocument: aws.String(fmt.Sprintf(allows, "firehose:*"))})
	check(err)
	_, err = client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: managed.Policy.Arn})
	check(err)
	simulated := func() (all []string) {
		out, err := client.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
			PolicySourceArn: role.Role.Arn, ActionNames: []string{"s3:GetObject", "s3:PutObject", "firehose:PutRecordBatch"},
		})
		check(err)
		for _, r := range out.EvaluationResults {
			all = append(all, aws.ToString(r.EvalActionName)+" "+string(r.EvalDecision))
		}
		return all
	}
	if got, want := strings.Join(simulated(), ", "), "s3:GetObject allowed, s3:PutObject implicitDeny, firehose:PutRecordBatch implicitDeny"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	_, err = client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: bound.Policy.Arn, PolicyDocument: aws.String(fmt.Sprintf(allows, "*")), SetAsDefault: true})
	check(err)
	_, err = client.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: managed.Policy.Arn, PolicyDocument: aws.String(fmt.Sprintf(allows, "s3:PutObject")), SetAsDefault: true})
	check(err)
	if got, want := strings.Join(simulated(), ", "), "s3:GetObject implicitDeny, s3:PutObject allowed, firehose:PutRecordBatch allowed"; got != want {
		t.Errorf("after new versions: %s, want %s", got, want)
	}
	if _, err = client.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(*role.Role.Arn + "s"), ActionNames: []string{"s3:GetObject"}}); err == nil || !strings.Contains(err.Error(), "NoSuchEntity") {
		t.Errorf("of no role: %v", err)
	}
	calls := tr.Calls(cloudtrail.Actions("SimulatePrincipalPolicy"))
	if len(calls) != 3 || calls[0].Mutating || calls[0].Status != http.StatusOK || calls[2].ErrorCode != "NoSuchEntity" {
		t.Errorf("the log has %+v", calls)
	}
}

// Who may not ask is told so by the emulator, which knows the caller's policies.
func TestADeniedSimulationIsPassedOn(t *testing.T) {
	emulator := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>`)
	}))
	t.Cleanup(emulator.Close)
	direct := config(emulator.URL, region)
	p, err := cloudtrail.New(cloudtrail.Options{Upstream: emulator.URL, Region: region, Account: "123456789012", IAM: iam.NewFromConfig(direct), Warn: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	_, err = iam.NewFromConfig(config(server.URL, region)).SimulatePrincipalPolicy(t.Context(), &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String("arn:aws:iam::123456789012:role/shop"), ActionNames: []string{"s3:GetObject"},
	})
	if err == nil || !strings.Contains(err.Error(), "AccessDenied: not you") {
		t.Errorf("the answer is %v", err)
	}
}
