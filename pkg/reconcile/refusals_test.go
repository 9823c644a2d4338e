package reconcile_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"github.com/firewarden/firewarden/pkg/ecstask/ecsfake"
)

// refusing is ECS that answers registrations with an error, so many times.
type refusing struct {
	*ecsfake.Cloud
	err   error
	times *int
}

func (r refusing) RegisterTaskDefinition(ctx context.Context, in *ecs.RegisterTaskDefinitionInput, o ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	if *r.times > 0 {
		*r.times--
		return nil, r.err
	}
	return r.Cloud.RegisterTaskDefinition(ctx, in, o...)
}

// TestWhatECSAnswersToARegistration: what another delivery can change is tried again and not told; the rest is told once, and a
// sweep does not try it every time for nothing to happen.
func TestWhatECSAnswersToARegistration(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		again  bool
		reason string
	}{
		{"throttled", ecsfake.Throttled(), true, ""},
		{"two at once", ecsfake.Concurrent(), true, ""},
		{"a server's error", &smithy.GenericAPIError{Code: "ServerException", Message: "Service Unavailable."}, true, ""},
		{"a reset connection", errors.New("connection reset by peer"), true, ""},
		{"may not register", ecsfake.Denied("ecs:RegisterTaskDefinition"), false, "access denied"},
		{"may not pass the role", ecsfake.Denied("iam:PassRole on resource: arn:aws:iam::123456789012:role/task"), false, "access denied: iam:PassRole on a role that the definition names; the template's PassRoleArns says which may be passed"},
		{"a quota", &ecstypes.LimitExceededException{Message: aws.String("too many")}, false, "quota"},
		{"refused", &ecstypes.ClientException{Message: aws.String("Container.image contains invalid characters.")}, false, "refused by ECS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newCloud(t)
			w.register(bad("web"))
			times := 1
			w.tasks = refusing{w.ecs, c.err, &times}
			w.audit(registered("web"))
			failed := w.remediate()
			if (len(failed) > 0) != c.again {
				t.Fatalf("left for another delivery: %v", failed)
			}
			if !c.again {
				want(t, "notices", w.statuses(), []string{"blocked task-definition/web"})
				want(t, "reason", w.notices[0].Reason, c.reason)
				w.notices = nil
			}
			w.run(registered("web"))
			want(t, "the next time", w.statuses(), []string{"remediated task-definition/web"})
			want(t, "revision", w.latest("web").Revision, int32(2))
		})
	}
}

// TestWhatADefinitionMayBe corrects definitions at the edges of what ECS takes.
func TestWhatADefinitionMayBe(t *testing.T) {
	tags := func(n int) []ecstypes.Tag {
		var all []ecstypes.Tag
		for i := range n {
			all = append(all, ecstypes.Tag{Key: aws.String("k" + strings.Repeat("i", i)), Value: aws.String("")})
		}
		return all
	}
	for _, c := range []struct {
		name  string
		edit  func(*ecs.RegisterTaskDefinitionInput)
		tags  int
		notes string
	}{
		{"48 tags: ours fit", func(in *ecs.RegisterTaskDefinitionInput) { in.Tags = tags(48) }, 50, ""},
		{"49 tags: ours do not fit", func(in *ecs.RegisterTaskDefinitionInput) { in.Tags = tags(49) }, 49, "so many tags"},
		{"50 tags: the most", func(in *ecs.RegisterTaskDefinitionInput) { in.Tags = tags(50) }, 50, "so many tags"},
		{"no tags", func(in *ecs.RegisterTaskDefinitionInput) { in.Tags = nil }, 2, ""},
		{"nearly 64 KB", func(in *ecs.RegisterTaskDefinitionInput) {
			for i := range 60 {
				in.ContainerDefinitions[1].Environment = append(in.ContainerDefinitions[1].Environment,
					ecstypes.KeyValuePair{Name: aws.String("V" + strings.Repeat("x", i)), Value: aws.String(strings.Repeat("v", 1000))})
			}
		}, 3, ""},
		{"empty strings", func(in *ecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[1].Environment = []ecstypes.KeyValuePair{{Name: aws.String("A"), Value: aws.String("")}}
			in.ContainerDefinitions[1].DockerLabels = map[string]string{"empty": ""}
			in.ContainerDefinitions[1].Command = []string{""}
		}, 3, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newCloud(t)
			in := bad("web")
			c.edit(in)
			w.register(in)
			w.run(registered("web"), registered("web"))
			w.sweep()
			want(t, "notices", w.statuses(), []string{"remediated task-definition/web"})
			want(t, "revision", w.latest("web").Revision, int32(2))
			now, was := w.latest("web").ContainerDefinitions[1], in.ContainerDefinitions[1]
			want(t, "environment", variables(now), variables(was))
			want(t, "labels", now.DockerLabels, was.DockerLabels)
			want(t, "command", now.Command, was.Command)
			want(t, "tags", len(w.tags("web")), c.tags)
			if notes := strings.Join(w.notices[0].Notes, "\n"); !strings.Contains(notes, c.notes) {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

func variables(c ecstypes.ContainerDefinition) (all []string) {
	for _, v := range c.Environment {
		all = append(all, *v.Name+"="+*v.Value)
	}
	return all
}

func (c *cloud) tags(family string) []ecstypes.Tag {
	c.t.Helper()
	out, err := c.ecs.DescribeTaskDefinition(c.t.Context(), &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: &family, Include: []ecstypes.TaskDefinitionField{ecstypes.TaskDefinitionFieldTags},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return out.Tags
}

// TestRevisionsAreNumbers: 9 comes before 10, and 99,999 before 100,000.
func TestRevisionsAreNumbers(t *testing.T) {
	for _, number := range []int32{8, 98, 99_998, 2_147_483_600} {
		c := newCloud(t)
		c.register(firelens("web", ecstypes.NetworkModeBridge))
		c.ecs.Renumber("web", number)
		c.register(bad("web"))
		c.run(registered("web"))
		c.sweep()
		want(t, "revision", c.latest("web").Revision, number+2)
		want(t, "notices", c.statuses(), []string{"remediated task-definition/web"})
	}
}
