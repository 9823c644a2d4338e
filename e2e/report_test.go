package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/local/cloud"
)

// countedPolicy leaves on the rules that the counting script knows too.
func countedPolicy(until time.Time) string {
	return "rules: {\"FL*\": off, FL101: remediate, FL103: remediate, FL501: report, FL502: report}\n" +
		"exemptions:\n  - {rule: FL502, resource: batch-*, reason: moves away, owner: platform, until: " + until.Format(time.DateOnly) + "}\n"
}

// document is JSON as nobody's types have it.
type document = map[string]any

func documentOf(t *testing.T, text string) document {
	t.Helper()
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// only are the fields of these names, of an object or of each in a list.
func only(v any, names ...string) any {
	if list, ok := v.([]any); ok {
		all := make([]any, len(list))
		for i, e := range list {
			all[i] = only(e, names...)
		}
		return all
	}
	kept := document{}
	for _, n := range names {
		kept[n] = v.(document)[n]
	}
	return kept
}

// totalsOf are a report's totals without the rules' titles, which the script does not know.
func totalsOf(v any) any {
	totals := v.(document)
	for _, r := range totals["by_rule"].([]any) {
		delete(r.(document), "title")
	}
	return totals
}

// standing are totals' rows of what stands or is suppressed, by status apart, which the account does not tell.
func standing(totals any) document {
	all := document{}
	for by, rows := range totals.(document) {
		list, ok := rows.([]any)
		if !ok || by == "by_status" {
			continue
		}
		var kept []any
		for _, row := range list {
			r := maps.Clone(row.(document))
			delete(r, "ended")
			if r["standing"] != 0.0 || r["suppressed"] != 0.0 {
				kept = append(kept, r)
			}
		}
		all[by] = kept
	}
	return all
}

// bad registers a definition with a router that is not essential, mapped as exposed maps it.
func (s *site) bad(t *testing.T, family string) string {
	t.Helper()
	in := exposed(family, "example/app:1")
	in.ContainerDefinitions[0].Essential = aws.Bool(false)
	in.ContainerDefinitions[0].PortMappings = nil
	return *must(s.ecs.RegisterTaskDefinition(t.Context(), in))(t).TaskDefinition.TaskDefinitionArn
}

func (s *site) serve(t *testing.T, cluster, name, definition string, groups ...string) {
	t.Helper()
	in := &ecs.CreateServiceInput{Cluster: &cluster, ServiceName: &name, TaskDefinition: &definition, DesiredCount: aws.Int32(0)}
	if len(groups) > 0 {
		in.NetworkConfiguration = &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: []string{s.subnet}, SecurityGroups: groups}}
	}
	must(s.ecs.CreateService(t.Context(), in))(t)
}

// populate makes families, groups and services of all kinds, and lets FireWarden do its work on them.
func (s *site) populate(t *testing.T) {
	t.Helper()
	must(s.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("night")}))(t)
	web, api := s.service(t, "web"), s.service(t, "api")
	s.serve(t, "night", "reader", "web:1", web, api) // one group of two clusters
	must(s.ec2.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &api, IpPermissions: []ec2types.IpPermission{
		{IpProtocol: aws.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}, {CidrIp: aws.String("192.168.0.0/16")}}}, // not fixable
	}}))(t)
	s.open(t, web)
	s.idle(t)
	s.sweep(t)
	s.openAgain(t, web) // undoes the remediation, and is closed again
	s.deploy(t, "bridged", func(*ecs.CreateServiceInput) {})
	s.serve(t, "night", "batch", s.bad(t, "batch-1"))
	s.serve(t, "prod", "lazy", s.bad(t, "lazy"))
	s.bad(t, "nobody")
	s.idle(t)
	must(s.ecs.RegisterTaskDefinition(t.Context(), closed("lazy", "example/app:2")))(t) // lazy:1 runs on, and is not the latest
	s.idle(t)
	s.sweep(t)
}

// TestTheReportsNumbersAreTheScripts compares both reports with the count that an independent script makes of ECS and EC2 and, of what
// those do not tell any more, of the ledger's table.
func TestTheReportsNumbersAreTheScripts(t *testing.T) {
	policy := countedPolicy(time.Now().AddDate(0, 0, 30))
	s := newSite(t, up(t, func(o *cloud.Options) { o.Parameters = map[string]string{"Policy": policy} }))
	s.populate(t)
	c := newCLI(t, s)
	file := t.TempDir() + "/policy.yaml"
	if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	since := time.Now().AddDate(0, 0, -1).UTC().Format(time.DateOnly)
	counting := exec.CommandContext(t.Context(), root+"/.venv/bin/python", "testdata/count.py", s.Physical("LedgerTable"), "batch-*", since+"T00:00:00+00:00")
	counting.Env, counting.Stderr = must(s.Exports(t.Context()))(t), os.Stderr
	want := documentOf(t, string(must(counting.Output())(t)))

	out, _ := c.run(t, 0, "report", "--format", "json", "--policy", file, "--since", since)
	told, counted := documentOf(t, out), want["report"].(document)
	compare(t, "the report's totals", totalsOf(told["totals"]), counted["totals"])
	compare(t, "what stands and what is suppressed, by ECS and EC2", standing(told["totals"]), standing(want["stands"]))
	compare(t, "its sweeps", only(told["sweeps"], "id", "families", "groups", "seen", "new", "remediations"), counted["sweeps"])
	compare(t, "its remediations", only(told["remediations"], "count", "undone", "by_outcome", "by_rule"), counted["remediations"])
	compare(t, "its exemptions", only(told["exemptions"], "rule", "resource", "suppressed"), counted["exemptions"])

	out, talk := c.run(t, 1, "audit", "--format", "json", "--policy", file)
	found, live := documentOf(t, out), want["audit"].(document)
	compare(t, "the audit's totals", totalsOf(found["totals"]), live["totals"])
	compare(t, "what it read", only(found["regions"].([]any)[0], "families", "revisions", "groups", "services"), live["read"])
	t.Logf("audit says:\n%s", talk)
	enough(t, counted, live)
	for _, format := range []string{"table", "csv"} {
		c.run(t, 0, "report", "--policy", file, "--format", format)
		c.run(t, 1, "audit", "--policy", file, "--format", format)
	}
}

// enough: numbers that are all nought would be equal, too.
func enough(t *testing.T, ledger, live document) {
	t.Helper()
	for what, n := range map[string]any{
		"standing in the ledger": ledger["totals"].(document)["standing"], "suppressed": ledger["totals"].(document)["suppressed"], "ended": ledger["totals"].(document)["ended"],
		"remediations": ledger["remediations"].(document)["count"], "undone": ledger["remediations"].(document)["undone"],
		"standing in the account": live["totals"].(document)["standing"], "suppressed in the account": live["totals"].(document)["suppressed"],
	} {
		if n.(float64) == 0 {
			t.Errorf("none %s", what)
		}
	}
}

func compare(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-the script's +FireWarden's):\n%s", what, d)
	}
}
