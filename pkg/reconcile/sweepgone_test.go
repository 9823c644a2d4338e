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
	old := c.register(oneFinding("api"))
	c.register(firelens("api", "awsvpc"))
	c.service("api", old)
	c.sweep()
	want(t, "open", len(c.digests[0].Open), 1)
	for _, f := range c.digests[0].Open {
		want(t, "open", f.Resource+": "+f.Reason, "task-definition/api:1: an older revision, run by service prod/api: to give it the latest, "+
			"aws ecs update-service --cluster prod --service api --task-definition api --region eu-central-1")
	}
	c.sweep()
	want(t, "open after another sweep", len(c.digests[1].Open), 1)
	c.stop("api")
	c.sweep()
	want(t, "open once nothing runs it", len(c.digests[2].Open), 0)
	want(t, "notices", len(c.notices), 0)
}

// TestWhatToDoAboutAnOlderRevision depends on who runs it.
func TestWhatToDoAboutAnOlderRevision(t *testing.T) {
	for _, k := range []struct {
		name string
		runs func(c *cloud, old string) string
		says string
	}{
		{"two services", func(c *cloud, old string) string {
			c.service("b", old)
			c.service("a", old)
			return ""
		}, "run by service prod/a, service prod/b: give each the latest, by the family's name, api"},
		{"a service and a task", func(c *cloud, old string) string {
			c.service("a", old)
			return c.alone(old)
		}, "run by service prod/a, %s: give each the latest, by the family's name, api"},
		{"a task", func(c *cloud, old string) string { return c.alone(old) }, "run by %s: start the next by the family's name, api, which stands for the latest"},
		{"nothing", func(c *cloud, _ string) string {
			c.stack.Policy.Sweep = policy.SweepAllRevisions
			return ""
		}, "which nothing runs: aws ecs deregister-task-definition --task-definition api:1 --region eu-central-1"},
	} {
		t.Run(k.name, func(t *testing.T) {
			c := newCloud(t)
			old := c.register(oneFinding("api"))
			c.register(firelens("api", "awsvpc"))
			task := k.runs(c, old)
			c.sweep()
			says := strings.ReplaceAll(k.says, "%s", task)
			want(t, "reasons", c.reasons("task-definition/api:1"), map[string]string{"FL201": "reported: an older revision, " + says})
		})
	}
}

// alone starts a task of a revision in bridge mode, and returns how it is named.
func (c *cloud) alone(definition string) string {
	c.t.Helper()
	c.task(definition)
	tasks, err := c.ecs.ListTasks(c.t.Context(), &ecs.ListTasksInput{Cluster: aws.String("prod")})
	if err != nil || len(tasks.TaskArns) != 1 {
		c.t.Fatal(tasks, err)
	}
	return "task " + lastOf(tasks.TaskArns[0])
}

// TestAnOlderRevisionThatIsTheLatestAgainIsItsFamilys: the newer one was deregistered.
func TestAnOlderRevisionThatIsTheLatestAgainIsItsFamilys(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Cap = rules.Report
	c.service("api", c.register(bad("api")))
	c.register(firelens("api", "awsvpc"))
	c.sweep()
	want(t, "standing", c.wrong(), []string{"FL103 task-definition/api:1 reported", "FL201 task-definition/api:1 reported"})
	c.deregister("api:2")
	c.sweep()
	want(t, "standing, once", c.wrong(), []string{"FL103 task-definition/api reported", "FL201 task-definition/api reported"})
}

// TestAnExemptionCountsForOlderRevisions as for the latest.
func TestAnExemptionCountsForOlderRevisions(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestAlways
	c.exempt("FL103", "api*", "2027-01-31")
	c.service("api", c.register(bad("api")))
	c.register(firelens("api", "awsvpc"))
	c.sweep()
	want(t, "standing", c.wrong(), []string{"FL103 task-definition/api:1 suppressed", "FL201 task-definition/api:1 reported"})
	want(t, "why", c.reasons("task-definition/api:1")["FL103"], "suppressed: exempt by policy.yaml:12 until 2027-01-31: log aggregator (platform)")
	want(t, "open", len(c.digests[0].Open), 1)
}

// TestWhatARolloutMovesServicesAwayFromCountsOnce: its findings stand with its family until nothing runs it. Those of other revisions
// stand apart.
func TestWhatARolloutMovesServicesAwayFromCountsOnce(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestAlways
	c.service("old", c.register(oneFinding("web")))
	c.service("web", c.register(bad("web")))
	c.run(registered("web")) // web:3, not rolled out
	c.sweep()
	var open []string
	for _, f := range c.digests[0].Open {
		open = append(open, f.Rule+" "+f.Resource+" "+f.Status)
	}
	want(t, "open", open, []string{"FL103 task-definition/web corrected", "FL201 task-definition/web corrected", "FL201 task-definition/web:1 reported"})
}

// TestAFamilyThatIsGoneEndsItsRollout, also where that waited for somebody to move a service.
func TestAFamilyThatIsGoneEndsItsRollout(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest = policy.DigestAlways
	c.service("web", c.register(bad("web")))
	c.run(registered("web")) // web:2, not rolled out
	c.stop("web")
	c.deregister("web:1")
	c.deregister("web:2")
	c.sweep()
	c.sweep()
	want(t, "open", len(c.digests[1].Open), 0)
}

// TestAnOlderRevisionWithoutFindingsIsNotInTheLedger: an account has many.
func TestAnOlderRevisionWithoutFindingsIsNotInTheLedger(t *testing.T) {
	c := newCloud(t)
	c.service("api", c.register(ordered("api")))
	c.register(ordered("api"))
	c.sweep()
	docs, err := c.ledger.List(t.Context(), "resource")
	want(t, "documents", len(docs), 0)
	want(t, "error", err, nil)
}

func TestAllActiveRevisionsAreJudgedOnRequest(t *testing.T) {
	c := newCloud(t)
	c.stack.Policy.Digest, c.stack.Policy.Sweep = policy.DigestAlways, policy.SweepAllRevisions
	old := c.register(oneFinding("api"))
	c.register(firelens("api", "awsvpc"))
	c.sweep()
	want(t, "open", len(c.digests[0].Open), 1)
	c.ecs.Reset()
	c.sweep()
	want(t, "open after another sweep", len(c.digests[1].Open), 1)
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
