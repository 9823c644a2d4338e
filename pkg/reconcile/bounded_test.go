package reconcile_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/reconcile"
)

// TestAGroupOfManyServicesWithoutARouterCostsAnAuditLittle: the index knows that FireLens does not use it.
func TestAGroupOfManyServicesWithoutARouterCostsAnAuditLittle(t *testing.T) {
	c := newCloud(t)
	g := c.group("all")
	d := c.register(withoutRouter("plain"))
	for i := range 130 {
		c.service(fmt.Sprint("plain-", i), d, g)
	}
	c.sweep()
	c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
	c.ecs.Reset()
	c.run(opened(g))
	want(t, "reads of services", c.ecs.Count("DescribeServices"), 10)
	want(t, "listings", c.ecs.Count("ListClusters"), 0)
}

// numberless is an account in which services are not read in time.
type numberless struct{ reconcile.Onlooker }

func (numberless) Named(ctx context.Context, _ inventory.Named) (inventory.Piece, error) {
	<-ctx.Done()
	return inventory.Piece{}, ctx.Err()
}

// TestAGroupOfMoreServicesThanCanBeReadIsToldOnce, and is not tried again and again.
func TestAGroupOfMoreServicesThanCanBeReadIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		g := c.group("web")
		c.awsvpcService("web", g)
		c.sweep()
		c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
		for range 2 {
			c.audit(opened(g))
			r := c.remediator()
			r.Onlooker = numberless{r.Onlooker}
			out, err := r.Handle(t.Context(), batchOf(c.findings...))
			c.findings = nil
			if err != nil || len(out.BatchItemFailures) > 0 {
				t.Fatalf("left for another delivery: %v, %v", out.BatchItemFailures, err)
			}
		}
		want(t, "entries", c.entries(g), []string{"tcp 24224 10.0.0.0/8 ()"})
		want(t, "notices", c.statuses(), []string{"blocked security-group/" + g})
		if reason := c.notices[0].Reason; !strings.Contains(reason, "so many") {
			t.Errorf("the reason: %s", reason)
		}
	})
}

// clusters is an account with more clusters, or more schedules, than can be read in time.
type clusters struct {
	inventory.Reader
	schedules bool
}

func (a clusters) Family(ctx context.Context, family string, services, scheduled []string) (inventory.Snapshot, error) {
	if a.schedules {
		return a.Reader.Family(ctx, family, services, scheduled)
	}
	<-ctx.Done()
	return inventory.Snapshot{}, ctx.Err()
}

func (a clusters) Started(ctx context.Context) (inventory.Snapshot, error) {
	<-ctx.Done()
	return inventory.Snapshot{}, ctx.Err()
}

func TestAFamilyInMoreClustersThanCanBeReadIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		c.indexed()
		c.register(bad("api"))
		for range 2 {
			c.audit(registered("api"))
			r := c.remediator()
			r.Inventory = clusters{Reader: c.inventory()}
			out, err := r.Handle(t.Context(), batchOf(c.findings...))
			c.findings = nil
			if err != nil || len(out.BatchItemFailures) > 0 {
				t.Fatalf("left for another delivery: %v, %v", out.BatchItemFailures, err)
			}
		}
		want(t, "revision", c.latest("api").Revision, int32(1))
		want(t, "notices", c.statuses(), []string{"blocked task-definition/api"})
	})
}

func TestNoRevisionIsDeregisteredWhereThereAreMoreSchedulesThanCanBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := rollingOut(t)
		c.stack.Policy.DeregisterCorrected = true
		c.register(bad("web"))
		c.audit(registered("web"))
		r := c.remediator()
		r.Inventory = clusters{c.inventory(), true}
		out, err := r.Handle(t.Context(), batchOf(c.findings...))
		if err != nil || len(out.BatchItemFailures) > 0 {
			t.Fatalf("left for another delivery: %v, %v", out.BatchItemFailures, err)
		}
		want(t, "web:1", c.status("web:1"), ecstypes.TaskDefinitionStatusActive)
		want(t, "notices", c.statuses(), []string{"remediated task-definition/web"})
	})
}
