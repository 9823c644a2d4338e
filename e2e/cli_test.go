package e2e

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// cli is the built command line with what a shell exports to reach the local cloud.
type cli struct {
	bin string
	env []string
}

func newCLI(t *testing.T, s *site) cli {
	t.Helper()
	c := cli{bin: t.TempDir() + "/firewarden", env: append(must(s.Exports(t.Context()))(t), "HOME="+t.TempDir())}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", c.bin, "./cmd/firewarden")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return c
}

// run runs a command line that must end with that code, and returns stdout and stderr.
func (c cli) run(t *testing.T, code int, args ...string) (out, talk string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.bin, args...)
	var o, e bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = c.env, &o, &e
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	t.Logf("$ firewarden %s\n%s%s", strings.Join(args, " "), o.String(), e.String())
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("exit code %d, want %d", got, code)
	}
	return o.String(), e.String()
}

// listed are the ledger's findings or remediations by the command of that name.
func (c cli) listed(t *testing.T, what string, args ...string) []map[string]any {
	t.Helper()
	out, _ := c.run(t, 0, append([]string{what, "--format", "json"}, args...)...)
	var doc map[string]json.RawMessage
	var all []map[string]any
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(doc[what], &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// openTagged lets 24000-25000 and 24224 in, each with a description and a tag.
func (s *site) openTagged(t *testing.T, group string) {
	t.Helper()
	in := &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group,
		TagSpecifications: []ec2types.TagSpecification{{
			ResourceType: ec2types.ResourceTypeSecurityGroupRule, Tags: []ec2types.Tag{{Key: aws.String("team"), Value: aws.String("payments")}},
		}},
	}
	for cidr, ports := range map[string][2]int32{"0.0.0.0/0": {24000, 25000}, "10.0.0.0/8": {24224, 24224}} {
		in.IpPermissions = append(in.IpPermissions, ec2types.IpPermission{
			IpProtocol: aws.String("tcp"), FromPort: &ports[0], ToPort: &ports[1],
			IpRanges: []ec2types.IpRange{{CidrIp: &cidr, Description: aws.String("for " + cidr)}},
		})
	}
	must(s.ec2.AuthorizeSecurityGroupIngress(t.Context(), in))(t)
}

// entries are a group's ingress entries as JSON, in the order of their sources and ports; those of one port have no id, which
// a revoked and restored one does not keep.
func (s *site) entries(t *testing.T, group string) []string {
	t.Helper()
	out := must(s.ec2.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	}))(t)
	var all []string
	for _, e := range out.SecurityGroupRules {
		if aws.ToBool(e.IsEgress) {
			continue
		}
		if *e.FromPort == *e.ToPort {
			e.SecurityGroupRuleId, e.SecurityGroupRuleArn = nil, nil
		}
		all = append(all, string(must(json.Marshal(e))(t)))
	}
	slices.Sort(all)
	return all
}

// TestUndoFromTheCommandLine opens the port, sees it closed, and takes that back with the built command: the very same
// entries are there again, and its own events and a sweep leave them.
func TestUndoFromTheCommandLine(t *testing.T) {
	s := newSite(t, up(t, nil))
	c := newCLI(t, s)
	group := s.service(t, "web")
	s.sweep(t) // the first sweep tells that no trail logs (docs/emulator.md, E09): what is told later is of the group
	s.openTagged(t, group)
	was := s.entries(t, group)
	s.idle(t)
	if slices.Equal(s.entries(t, group), was) {
		t.Fatal("the port is still open")
	}
	made := c.listed(t, "remediations")
	if len(made) != 1 || made[0]["outcome"] != "remediated" || made[0]["undone"] != nil {
		t.Fatalf("remediations %v, want one", made)
	}
	id, notices, before := made[0]["id"].(string), s.notices(), time.Now()
	c.run(t, 0, "remediations", "show", id)
	c.run(t, 0, "undo", id)
	same(t, "changes of undo without --apply", s.Mutations(before), nil)
	c.run(t, 0, "undo", id, "--apply", "--hold", "1h")
	ours := []string{"ec2 AuthorizeSecurityGroupIngress", "ec2 ModifySecurityGroupRules", "ec2 RevokeSecurityGroupIngress"}
	same(t, "changes of undo", s.Mutations(before), ours)
	same(t, "entries", s.entries(t, group), was)
	s.idle(t)
	s.sweep(t)
	same(t, "changes after its own events and a sweep", s.Mutations(before), ours)
	same(t, "entries after its own events and a sweep", s.entries(t, group), was)
	if n := s.notices(); n != notices {
		t.Errorf("%d notices after the undo, want none", n-notices)
	}
	held := c.listed(t, "findings", "--status", "held")
	if len(held) != 2 || held[0]["held_until"] == nil {
		t.Errorf("findings %v, want two that are held", held)
	}
	if undone, _ := c.listed(t, "remediations")[0]["undone"].(map[string]any); undone["event"] != "firewarden undo" {
		t.Errorf("undone %v", undone)
	}
	c.run(t, 0, "findings")
	c.run(t, 0, "remediations")
	c.run(t, 1, "undo", id, "--apply")
	c.run(t, 1, "findings", "release", held[0]["id"].(string))
	_, talk := c.run(t, 2, "findings", "--stack", "blue")
	if !strings.Contains(talk, "reading stack blue in eu-west-1: ") || !strings.Contains(talk, "name it with --stack, or the table with --table") {
		t.Errorf("stderr %q", talk)
	}
	c.run(t, 0, "findings", "--stack", "blue", "--table", s.Physical("LedgerTable"))
}

// sweep sweeps the account, and waits until that is done.
func (s *site) sweep(t *testing.T) {
	t.Helper()
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.idle(t)
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
