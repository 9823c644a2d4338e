package reconcile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// applied is a RegisterTaskDefinition by Terraform.
func applied(family string) string {
	return `{"version":"0","id":"e-tf","detail-type":"AWS API Call via CloudTrail","source":"aws.ecs","account":"123456789012","time":"2026-11-23T12:00:00Z","region":"eu-central-1",
"detail":{"eventVersion":"1.08","eventSource":"ecs.amazonaws.com","eventName":"RegisterTaskDefinition","eventTime":"2026-11-23T12:00:00Z","awsRegion":"eu-central-1","sourceIPAddress":"192.0.2.1",
"userAgent":"APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) terraform-provider-aws/5.60.0","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/ci/run"},
"requestParameters":{"family":"` + family + `"},"responseElements":{"taskDefinition":{"family":"` + family + `","revision":1}}}}`
}

func TestADefinitionThatTerraformKeepsIsReportedWithThePatch(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.run(applied("web"))
	c.sweep()
	want(t, "revision", c.latest("web").Revision, int32(1))
	want(t, "notices", c.statuses(), []string{"reported task-definition/web"})
	told := false
	for _, n := range c.notices {
		told = told || n.Owner == "Terraform" && strings.Contains(n.Reason, "kept by Terraform") && strings.Contains(n.SourcePatch, "24224")
	}
	if !told {
		t.Errorf("no notice has owner, reason and patch: %+v", c.notices)
	}
}

func TestADefinitionOfAStackIsReportedByItsReservedTag(t *testing.T) {
	c := newCloud(t)
	in := bad("web")
	in.Tags = nil
	c.register(in)
	c.ecs.Reserve("web", "aws:cloudformation:stack-name", "shop")
	c.run(registered("web"))
	want(t, "revision", c.latest("web").Revision, int32(1))
	want(t, "owner", c.notices[0].Owner, "CloudFormation stack shop")
}

func TestAForgedTagDoesNotSwitchRemediationOff(t *testing.T) {
	c := newCloud(t)
	in := bad("web")
	in.Tags = []ecstypes.Tag{{Key: aws.String("ManagedBy"), Value: aws.String("terraform")}}
	c.register(in)
	c.run(registered("web"))
	want(t, "revision", c.latest("web").Revision, int32(2))
}

func TestWhoRegistersByHandEndsTheOwnership(t *testing.T) {
	c := newCloud(t)
	c.register(bad("web"))
	c.run(applied("web"))
	c.register(bad("web"))
	c.run(registered("web"))
	want(t, "revision", c.latest("web").Revision, int32(3))
}

// TestTerraformEveryDayForAMonth applies a bad definition every day.
func TestTerraformEveryDayForAMonth(t *testing.T) {
	for owned, expected := range map[rules.Mode]struct {
		notices   []string
		revisions int32
	}{
		rules.Report: {[]string{"reported"}, 30},
		rules.Remediate: {
			[]string{"remediated", "remediated", "remediated", "contested"}, 33,
		},
	} {
		t.Run(fmt.Sprint(owned), func(t *testing.T) {
			c := newCloud(t)
			c.stack.Policy.Owned = owned
			for range 30 {
				c.register(bad("web"))
				c.run(applied("web"), applied("web"))
				c.sweep()
				c.now = c.now.Add(24 * time.Hour)
			}
			var told []string
			for _, n := range c.notices {
				told = append(told, n.Status)
			}
			want(t, "notices", told, expected.notices)
			want(t, "revision", c.latest("web").Revision, expected.revisions)
		})
	}
}
