package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/local/cloud"
	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
)

// TestFiveHundredRegistrations registers ten revisions of each of fifty families, the last one bad, and sends the events of all of
// them shuffled and doubled: every latest revision is clean, each family is told of once, and the functions register at most one
// revision a second.
func TestFiveHundredRegistrations(t *testing.T) {
	s := newSite(t, up(t, func(o *cloud.Options) { o.Concurrent = true }))
	if err := s.Sweep(t.Context()); err != nil { // lifts the brake of before the first sweep
		t.Fatal(err)
	}
	s.idle(t)
	in := s.subscribe(t, "notices")
	direct := ecs.NewFromConfig(s.Direct())
	var bodies []string
	const families, revisions = 50, 10
	for f := range families {
		family := fmt.Sprintf("family%02d", f)
		for n := range revisions {
			definition := exposed
			if n%3 == 1 {
				definition = closed
			}
			must(direct.RegisterTaskDefinition(t.Context(), definition(family, fmt.Sprintf("example/app:%d", n))))(t)
			event := registration(t, family, n+1)
			bodies = append(bodies, event, event)
		}
	}
	rand.Shuffle(len(bodies), func(i, j int) { bodies[i], bodies[j] = bodies[j], bodies[i] })
	since := time.Now()
	for _, body := range bodies {
		if err := s.Send(t.Context(), "AuditQueue", body); err != nil {
			t.Fatal(err)
		}
	}
	s.idleFor(t, 6*time.Minute)
	told := in.notices(t)
	for f := range families {
		family := fmt.Sprintf("family%02d", f)
		d := must(direct.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: &family}))(t).TaskDefinition
		last := fmt.Sprintf("example/app:%d", revisions-1)
		if d.Revision != revisions+1 || len(d.ContainerDefinitions[0].PortMappings) != 0 || aws.ToString(d.ContainerDefinitions[1].Image) != last {
			t.Errorf("%s: revision %d, mappings %v, image %s", family, d.Revision, d.ContainerDefinitions[0].PortMappings, *d.ContainerDefinitions[1].Image)
		}
		if got := statuses(told["task-definition/"+family]); !slices.Equal(got, []string{"remediated"}) {
			t.Errorf("%s: told %v", family, got)
		}
	}
	calls := s.Trail.Calls(cloudtrail.Actions("RegisterTaskDefinition"), cloudtrail.Since(since))
	t.Logf("%d events about %d families in %.0f s: %d registrations, at most %d a second", len(bodies), families, time.Since(since).Seconds(), len(calls), cloudtrail.Peak(calls, time.Second))
	if len(calls) != families || cloudtrail.Peak(calls, time.Second) > 1 {
		t.Errorf("%d registrations, %d in one second", len(calls), cloudtrail.Peak(calls, time.Second))
	}
}

// registration is the record of a call that registered a revision.
func registration(t *testing.T, family string, n int) string {
	t.Helper()
	return string(must(json.Marshal(map[string]any{
		"version": "0", "id": fmt.Sprintf("7b1f7f3e-0000-4000-8000-%s%04d", family[len(family)-2:]+"000000", n), "detail-type": "AWS API Call via CloudTrail", "source": "aws.ecs",
		"account": cloud.Account, "time": "2026-11-23T12:00:00Z", "region": "eu-west-1", "detail": map[string]any{
			"eventSource": "ecs.amazonaws.com", "eventName": "RegisterTaskDefinition", "eventTime": "2026-11-23T12:00:00Z",
			"userIdentity":      map[string]any{"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/jo"},
			"requestParameters": map[string]any{"family": family}, "responseElements": map[string]any{"taskDefinition": map[string]any{"family": family, "revision": n}},
		},
	}))(t))
}
