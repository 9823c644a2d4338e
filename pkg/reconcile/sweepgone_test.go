package reconcile_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

func TestFindingsOfWhatIsGoneAreResolved(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	api := c.register(bad("api"))
	gone := c.group("gone", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.awsvpcService("gone", gone)
	left := c.group("left", tcp(24224, 24224, "10.0.0.0/8", ""))
	c.awsvpcService("left", left)
	c.sweep()
	want(t, "standing", c.wrong(), []string{
		"FL101 security-group/" + gone + " reported", "FL101 security-group/" + left + " reported", "FL103 task-definition/api reported", "FL201 task-definition/api reported",
	})
	c.stop("gone")
	c.stop("left")
	if _, err := c.ec2.Other().DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: &gone}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &api}); err != nil {
		t.Fatal(err)
	}
	c.sweep()
	want(t, "standing once they are gone", c.wrong(), []string(nil))
	users, err := c.stack.Ledger.Users(t.Context(), left)
	if err != nil || len(users) > 0 {
		t.Errorf("users %v, %v", users, err)
	}
}

func (c *cloud) stop(service string) {
	c.t.Helper()
	if _, err := c.ecs.DeleteService(c.t.Context(), &ecs.DeleteServiceInput{Cluster: aws.String("prod"), Service: &service, Force: aws.Bool(true)}); err != nil {
		c.t.Fatal(err)
	}
}

func TestAClusterThatIsGoneLeavesTheIndex(t *testing.T) {
	c := newCloud(t)
	g := c.group("web")
	c.awsvpcService("web", g)
	c.sweep()
	c.stop("web")
	if _, err := c.ecs.DeleteCluster(t.Context(), &ecs.DeleteClusterInput{Cluster: aws.String("prod")}); err != nil {
		t.Fatal(err)
	}
	c.sweep()
	users, err := c.stack.Ledger.Users(t.Context(), g)
	clusters, err2 := c.stack.Ledger.Clusters(t.Context())
	if err != nil || err2 != nil || len(users)+len(clusters) > 0 {
		t.Errorf("users %v, clusters %v, errors %v, %v", users, clusters, err, err2)
	}
}

func TestAnOlderRevisionInUseIsReportedUntilNothingRunsIt(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestAlways
	old := c.register(bad("api"))
	c.register(firelens("api", "awsvpc"))
	c.service("api", old)
	c.sweep()
	want(t, "open", len(c.digests[0].Open), 2)
	for _, f := range c.digests[0].Open {
		if f.Resource != "task-definition/api:1" || !strings.HasPrefix(f.Reason, "an older revision") {
			t.Errorf("got %+v", f)
		}
	}
	c.stop("api")
	c.sweep()
	want(t, "open once nothing runs it", len(c.digests[1].Open), 0)
}

func TestAllActiveRevisionsAreJudgedOnRequest(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest, c.stack.Policy.Sweep = policy.DigestAlways, policy.SweepAllRevisions
	old := c.register(bad("api"))
	c.register(firelens("api", "awsvpc"))
	c.sweep()
	want(t, "open", len(c.digests[0].Open), 2)
	c.ecs.Reset()
	c.sweep()
	want(t, "open after another sweep", len(c.digests[1].Open), 2)
	want(t, "described by it", c.described(), 0)
	if _, err := c.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &old}); err != nil {
		t.Fatal(err)
	}
	c.sweep()
	want(t, "open once it is inactive", len(c.digests[2].Open), 0)
}

func TestNoSecretIsKept(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Rules = map[string]rules.Mode{"*": rules.Off, "FL506": rules.Report}
	in := firelens("web", "awsvpc")
	in.ContainerDefinitions[1].LogConfiguration.Options = map[string]string{"Name": "datadog", "apikey": "0123456789abcdef"}
	in.ContainerDefinitions[1].Environment[0].Value = aws.String("a-password-of-the-application")
	c.register(in)
	for range 2 { // described, and known
		c.sweepOnly()
		want(t, "found", c.foundRules(), []string{"FL506"})
	}
	docs, err := c.ledger.List(t.Context(), "definition")
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	for _, secret := range []string{"0123456789abcdef", "a-password-of-the-application"} {
		if strings.Contains(string(docs[0].Body), secret) {
			t.Errorf("%s is kept", secret)
		}
	}
}
