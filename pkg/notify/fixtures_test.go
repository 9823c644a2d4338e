package notify

import (
	"fmt"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// noon is when it all happens.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func base(status, resource string) Notice {
	return Notice{
		Status: status, Account: "123456789012", Region: "eu-west-1", Stack: "firewarden", Resource: resource, At: noon,
		Origin: trigger.Origin{
			EventID: "5c0e7f0a-7a54-4c5c-9d5e-2f1f1a3d8c11", EventName: "AuthorizeSecurityGroupIngress", Time: noon.Add(-9 * time.Second),
			Account: "123456789012", Region: "eu-west-1", SourceIP: "192.0.2.17", UserAgent: "aws-cli/2.31.0",
			Principal: "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_1f2e/jo@example.com",
		},
	}
}

const (
	groupRef  = "security-group/sg-0a1b2c3d4e5f60718"
	familyRef = "task-definition/checkout_api"
)

func openGroup(ports string) rules.Finding {
	return rules.Finding{
		Rule: "FL101", Severity: rules.High, Status: rules.Noncompliant, Resource: groupRef, Path: "ingress[tcp 0.0.0.0/0]", Fixable: true,
		Message:  "sg-0a1b2c3d4e5f60718 lets port 24224 in from 0.0.0.0/0 to the FireLens router of service prod/checkout_api",
		Evidence: []string{"entry sgr-0f1e2d3c4b5a69788: tcp " + ports + " 0.0.0.0/0", "service prod/checkout_api runs checkout_api:41"},
	}
}

func narrowed() Notice {
	n := base("remediated", groupRef)
	n.Findings, n.Remediation = []rules.Finding{openGroup("24000-25000")}, "20261123T120000.000-0a1b2c3d"
	n.Changed = []string{"+ (new)  tcp 24225-25000 0.0.0.0/0", "~ sgr-0f1e2d3c4b5a69788  tcp 24000-25000 0.0.0.0/0  becomes  tcp 24000-24223 0.0.0.0/0"}
	n.Notes = []string{flows, "to undo, and to be left alone afterwards: firewarden undo 20261123T120000.000-0a1b2c3d --apply"}
	return n
}

func revoked() Notice {
	n := narrowed()
	n.Findings = []rules.Finding{openGroup("24224")}
	n.Changed = []string{"- sgr-0f1e2d3c4b5a69788  tcp 24224 0.0.0.0/0"}
	return n
}

func overQuota() Notice {
	n := base("blocked", groupRef)
	n.Reason, n.Findings = "quota", []rules.Finding{openGroup("24000-25000")}
	return n
}

func contested() Notice {
	n := base("contested", groupRef)
	n.Reason, n.Findings = "someone keeps undoing the remediation", []rules.Finding{openGroup("24224")}
	for _, hour := range []string{"08", "09", "11"} {
		n.Notes = append(n.Notes, "remediation 20261123T"+hour+"0000.000-0a1b2c3d of 2026-11-23T"+hour+":00:02Z was undone by "+
			"arn:aws:iam::123456789012:user/deploy-bot (AuthorizeSecurityGroupIngress), noticed 2026-11-23T"+hour+":41:10Z")
	}
	n.Notes = append(n.Notes, "FireWarden keeps its hands off until somebody runs: firewarden findings release "+n.Findings[0].Fingerprint())
	return n
}

const correction = `--- checkout_api:41
+++ corrected
@@ -3,7 +3,10 @@
     "containerDefinitions": [
       {
         "dependsOn": [
-          {"condition": "COMPLETE", "containerName": "log_router"}
+          {"condition": "START", "containerName": "log_router"}
         ],
         "name": "app"
       },
`

func family(status string) Notice {
	n := base(status, familyRef)
	n.Origin.EventName, n.Origin.UserAgent = "RegisterTaskDefinition", "aws-sdk-go-v2/1.41.0"
	n.Findings = []rules.Finding{{
		Rule: "FL202", Severity: rules.High, Status: rules.Noncompliant, Resource: familyRef, Path: "containers[app].dependsOn[log_router]", Fixable: true,
		Message:  "container app logs through log_router and waits for it with COMPLETE: it starts only when the router has ended",
		Evidence: []string{"app depends on log_router with COMPLETE"},
	}}
	return n
}

func fixed(status, reason string) Notice {
	n := family(status)
	n.Reason, n.Diff, n.Remediation = reason, correction, "20261123T120000.000-9f86d081"
	n.Notes = []string{"registered checkout_api:42 from checkout_api:41; callers that name the family without a revision get it at once"}
	return n
}

func wentBack() Notice {
	n := fixed("rollout failed", "service prod/checkout_api: ECS deployment circuit breaker: tasks failed to start.")
	n.Notes = append(n.Notes, "the deployment of service prod/checkout_api failed, and it runs checkout_api:41 again: ECS deployment circuit breaker: tasks failed to start.")
	return n
}

func ownedByTerraform() Notice {
	n := family("reported")
	n.Origin.UserAgent = "APN/1.0 HashiCorp/1.0 Terraform/1.13.4"
	n.Owner, n.Reason = "Terraform", "its source is kept by Terraform, which would put this back: change it there"
	n.SourcePatch = `# In the aws_ecs_task_definition:
container_definitions = jsonencode([
  {
    name = "app"
    # remove from dependsOn: { containerName = "log_router", condition = "COMPLETE" }
    dependsOn = [{ containerName = "log_router", condition = "START" }]
  }
])
`
	return n
}

// notices are the golden ones.
var notices = map[string]Notice{
	"narrowed":         narrowed(),
	"revoked":          revoked(),
	"blocked-by-quota": overQuota(),
	"contested":        contested(),
	"corrected":        fixed("remediated", ""),
	"not-rolled-out":   fixed("corrected", "not rolled out: service prod/checkout_api"),
	"rolling-out":      fixed("rolling out", "checkout_api:41 to checkout_api:42: service prod/checkout_api"),
	"rollout-failed":   wentBack(),
	"terraform":        ownedByTerraform(),
}

func digest(open int) Digest {
	d := Digest{
		Sweep: "3f1c2b4a-sweep", Started: noon.Add(-4 * time.Minute), Completed: noon, Since: noon.Add(-6 * time.Hour),
		Account: "123456789012", Region: "eu-west-1", Stack: "firewarden", Families: 214, Groups: 61,
		NotCovered: []string{
			"other Regions and other accounts: a stack serves one account in one Region",
			"revisions that are not the latest of their family, where nothing runs them",
		},
	}
	table := []OpenFinding{
		{Rule: "FL403", Severity: rules.Medium, Status: "reported", Resource: "task-definition/billing", Message: "container log_router pulls from ECR on Fargate, and there is no execution role"},
		{Rule: "FL101", Severity: rules.High, Status: "blocked", Reason: "quota", Resource: groupRef, Message: openGroup("24224").Message},
		{Rule: "FL501", Severity: rules.Low, Status: "reported", Resource: "task-definition/search", Message: "router log does not say whose it is"},
	}
	for i := range open {
		f := table[i%len(table)]
		f.Since = noon.AddDate(0, 0, -1-i%40)
		if i >= len(table) {
			f.Resource = fmt.Sprintf("%s-%04d", f.Resource, i)
		}
		d.Open = append(d.Open, f)
	}
	return d
}

func emptyDigest() Digest {
	d := digest(0)
	d.Remediated = []Remediated{{ID: "20261123T093112.482-0a1b2c3d", Rules: []string{"FL101"}, Resource: groupRef, At: noon.Add(-149 * time.Minute)}}
	return d
}

func smallDigest() Digest {
	d := digest(3)
	d.Remediated = emptyDigest().Remediated
	d.Exemptions = []Exemption{
		{Rule: "FL101", Resource: "sg-0abc*", Owner: "platform", Reason: "log aggregator", Until: noon.AddDate(0, 0, 6)},
		{Rule: "FL502", Resource: "task-definition/legacy", Owner: "payments", Reason: "migration", Until: noon.AddDate(0, 0, -1)},
	}
	d.MissingTrail = "no trail logs write management events, so changes are noticed by sweeps only: trail management is switched off"
	return d
}

// olderDigest is of revisions that are not the latest of their families and run on.
func olderDigest() Digest {
	d := digest(0)
	for _, f := range []OpenFinding{
		{Resource: "task-definition/checkout_api:41", Reason: "an older revision, run by service prod/checkout_api: to give it the latest, " +
			"aws ecs update-service --cluster prod --service checkout_api --task-definition checkout_api --region eu-west-1"},
		{Resource: "task-definition/search:7", Reason: "an older revision, run by service prod/search, service night/search: give each the latest, by the family's name, search"},
	} {
		f.Rule, f.Severity, f.Status, f.Since = "FL103", rules.High, "reported", noon.AddDate(0, 0, -1)
		f.Message = "container log_router publishes port 24224 in bridge mode"
		d.Open = append(d.Open, f)
	}
	return d
}

func largeDigest() Digest {
	d := digest(3000)
	for i := range 45 {
		d.Remediated = append(d.Remediated, Remediated{
			ID: fmt.Sprintf("20261123T09%02d12.482-0a1b2c3d", i), Rules: []string{"FL202", "FL502"}, Resource: fmt.Sprintf("task-definition/svc-%02d", i), At: noon.Add(-time.Duration(i) * time.Minute),
		})
	}
	return d
}

// digests are the golden ones.
var digests = map[string]Digest{"digest-0": emptyDigest(), "digest-3": smallDigest(), "digest-3000": largeDigest(), "digest-older": olderDigest()}
