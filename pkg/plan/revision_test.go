package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// bad is a bridge definition with a range around 24224 on the router and a client without dependsOn.
func bad() rules.Definition {
	return rules.Definition{
		Task: types.TaskDefinition{
			Family: aws.String("web"), Revision: 7, NetworkMode: types.NetworkModeBridge, Status: types.TaskDefinitionStatusActive,
			ContainerDefinitions: []types.ContainerDefinition{
				{
					Name: aws.String("log_router"), FirelensConfiguration: &types.FirelensConfiguration{Type: "fluentbit"},
					PortMappings: []types.PortMapping{{ContainerPortRange: aws.String("24223-24230")}},
				},
				{
					Name: aws.String("app"), Environment: []types.KeyValuePair{{Name: aws.String("E"), Value: aws.String("")}},
					LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwsfirelens},
				},
			},
		},
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}, {Key: aws.String("aws:cloudformation:stack-name"), Value: aws.String("s")}},
	}
}

func book(t *testing.T, ids ...string) []rules.Rule {
	t.Helper()
	var all []rules.Rule
	for _, id := range ids {
		r, ok := rules.Find(id)
		if !ok {
			t.Fatalf("no rule %s", id)
		}
		all = append(all, r)
	}
	return all
}

func tags(d rules.Definition) string {
	var all []string
	for _, t := range d.Tags {
		all = append(all, *t.Key+"="+*t.Value)
	}
	return strings.Join(all, " ")
}

func TestCorrect(t *testing.T) {
	p := plan.Correct(bad(), book(t, "FL103", "FL201", "FL204"), rules.Params{})
	if got := strings.Join(p.Rules, " "); got != "FL103 FL201" {
		t.Errorf("rules %q", got)
	}
	if got := tags(p.Desired); got != "team=a firewarden:corrected-from=web:7 firewarden:rules=FL103 FL201" {
		t.Errorf("tags %q", got)
	}
	for _, want := range []string{"--- web:7", "-          \"containerPortRange\": \"24223-24230\"", "+          \"containerPort\": 24223", "+          \"containerPortRange\": \"24225-24230\"", "+      \"dependsOn\""} {
		if !strings.Contains(p.String(), want) {
			t.Errorf("the diff lacks %q:\n%s", want, p)
		}
	}
	if !plan.Correct(p.Desired, book(t, "FL103", "FL201", "FL204"), rules.Params{}).Empty() {
		t.Error("the corrected definition is corrected again")
	}
}

// TestVerifyToleratesWhatECSFillsIn registers the planned definition as ECS answers it: filled in, with its own fields.
func TestVerifyToleratesWhatECSFillsIn(t *testing.T) {
	p := plan.Correct(bad(), book(t, "FL103", "FL201"), rules.Params{})
	answered := p.Desired.With(func(c *types.ContainerDefinition) {
		c.PortMappings = append([]types.PortMapping(nil), c.PortMappings...)
		for i, m := range c.PortMappings {
			c.PortMappings[i].Protocol = types.TransportProtocolTcp
			if m.ContainerPort != nil {
				c.PortMappings[i].HostPort = aws.Int32(0)
			}
		}
		c.Environment = append([]types.KeyValuePair{}, c.Environment...)
		c.MountPoints = []types.MountPoint{}
	})
	answered.Task.Revision, answered.Task.RegisteredBy = 8, aws.String("arn:aws:sts::123456789012:assumed-role/firewarden/x")
	if err := p.Verify(answered); err != nil {
		t.Error(err)
	}
	lost := answered.With(func(c *types.ContainerDefinition) { c.Environment = nil })
	if err := p.Verify(lost); err == nil || !strings.Contains(err.Error(), "containerDefinitions[app].environment") {
		t.Errorf("a lost environment variable is not noticed: %v", err)
	}
}

func TestTagsAtTheLimit(t *testing.T) {
	for n, fits := range map[int]bool{47: true, 48: true, 49: false, 50: false} {
		d := bad()
		d.Tags = nil
		for i := range n {
			d.Tags = append(d.Tags, types.Tag{Key: aws.String(fmt.Sprintf("k%02d", i)), Value: aws.String("v")})
		}
		p := plan.Correct(d, book(t, "FL103"), rules.Params{})
		if p.TagsDropped == fits || len(p.Desired.Tags) > 50 || len(p.Desired.Tags) < n {
			t.Errorf("%d tags: dropped %v, %d in the end", n, p.TagsDropped, len(p.Desired.Tags))
		}
	}
}
