package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
)

func TestUndoRestoresAndIsLeftAlone(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24000, 25000, "0.0.0.0/0", "logs"), tcp(24224, 24224, "10.0.0.0/8", "mesh"), tcp(443, 443, "0.0.0.0/0", "tls"))
	c.awsvpcService("web", g)
	was, err := ec2sg.Store{API: c.ec2.Other()}.Group(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	texted := c.entries(g)
	c.run(opened(g))
	c.open(g, tcp(8080, 8080, "0.0.0.0/0", "later")) // somebody's later entry is not undone
	id := c.notices[0].Remediation
	u, err := c.remediator().PlanUndo(t.Context(), id)
	if err != nil || len(u.Plan.Steps) != 3 || !strings.Contains(u.Exemption(c.now), g) {
		t.Fatalf("plan %s, %v", u.Plan, err)
	}
	want(t, "entries after planning", len(c.entries(g)), 4)
	if _, err := c.remediator().ApplyUndo(t.Context(), id, c.now.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	want(t, "entries", c.entries(g), append(texted, "tcp 8080 0.0.0.0/0 (later)"))
	now, err := ec2sg.Store{API: c.ec2.Other()}.Group(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the narrowed entry's id", aws.ToString(now.Entries[0].SecurityGroupRuleId), aws.ToString(was.Entries[0].SecurityGroupRuleId))
	c.run(opened(g))
	c.sweep()
	want(t, "entries after its own events and a sweep", len(c.entries(g)), 4)
	want(t, "notices", len(c.notices), 1)
	if _, err := c.remediator().PlanUndo(t.Context(), id); err == nil {
		t.Error("undone twice")
	}
}

func TestUndoRefusesWhereTheStateHasMovedOn(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24000, 25000, "0.0.0.0/0", "logs"))
	c.awsvpcService("web", g)
	c.run(opened(g))
	now, err := ec2sg.Store{API: c.ec2.Other()}.Group(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ec2.Other().RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{
		GroupId: &g, SecurityGroupRuleIds: []string{*now.Entries[1].SecurityGroupRuleId},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.remediator().ApplyUndo(t.Context(), c.notices[0].Remediation, c.now.Add(time.Hour))
	if err == nil || !strings.Contains(err.Error(), "moved on") {
		t.Errorf("error %v", err)
	}
	want(t, "entries", len(c.entries(g)), 1)
	if _, err := c.remediator().PlanUndo(t.Context(), "no-such"); err == nil || !strings.Contains(err.Error(), "no such remediation") {
		t.Errorf("error %v", err)
	}
}

// TestUndoGoesOnAfterAFailure fails each change of an undo in turn; run again, it ends.
func TestUndoGoesOnAfterAFailure(t *testing.T) {
	for k := 1; k <= 3; k++ {
		c := newCloud(t)
		g := c.group("web", tcp(24000, 25000, "0.0.0.0/0", "logs"), tcp(24224, 24224, "10.0.0.0/8", "mesh"))
		c.awsvpcService("web", g)
		was := c.entries(g)
		c.run(opened(g))
		id, until := c.notices[0].Remediation, c.now.Add(24*time.Hour)
		c.ec2.Forget()
		c.ec2.FailAt(ec2fake.NthWrite(k), ec2fake.Fault{Err: ec2fake.Broken()})
		if _, err := c.remediator().ApplyUndo(t.Context(), id, until); err == nil {
			t.Fatalf("change %d did not fail", k)
		}
		if _, err := c.remediator().ApplyUndo(t.Context(), id, until); err != nil {
			t.Errorf("again after change %d failed: %v", k, err)
		}
		want(t, "entries", c.entries(g), was)
	}
}
