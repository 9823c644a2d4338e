package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// permission is a tcp permission over these ports with the sources of another.
func permission(from, to int32, sources ec2types.IpPermission) ec2types.IpPermission {
	sources.IpProtocol, sources.FromPort, sources.ToPort = aws.String("tcp"), &from, &to
	return sources
}

func cidr(block, description string) ec2types.IpPermission {
	return ec2types.IpPermission{IpRanges: []ec2types.IpRange{{CidrIp: &block, Description: &description}}}
}

// authorize opens a group as any client would and returns the new entries' ids.
func (a *account) authorize(ctx context.Context, group string, tags map[string]string, permissions ...ec2types.IpPermission) ([]string, error) {
	in := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: permissions}
	if len(tags) > 0 {
		spec := ec2types.TagSpecification{ResourceType: ec2types.ResourceTypeSecurityGroupRule}
		for k, v := range tags {
			spec.Tags = append(spec.Tags, ec2types.Tag{Key: &k, Value: &v})
		}
		in.TagSpecifications = append(in.TagSpecifications, spec)
	}
	out, err := a.ec2.AuthorizeSecurityGroupIngress(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", group, err)
	}
	var ids []string
	for _, r := range out.SecurityGroupRules {
		ids = append(ids, aws.ToString(r.SecurityGroupRuleId))
	}
	return ids, nil
}

// badDefinition registers a bridge definition with a mapping of 24224 and a client without dependsOn.
func (s *show) badDefinition(ctx context.Context) error {
	s.say("(d) jo registers \"batch\": bridge mode, the router maps 24224, the client has no dependsOn")
	in := definition("batch", ecstypes.NetworkModeBridge)
	in.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{
		{ContainerPort: aws.Int32(24224), HostPort: aws.Int32(24224)}, {ContainerPort: aws.Int32(2020), HostPort: aws.Int32(0)},
	}
	seen, since := len(s.inbox.got), time.Now()
	if _, err := s.ecs.RegisterTaskDefinition(ctx, in); err != nil {
		return fmt.Errorf("registering batch: %w", err)
	}
	n, err := s.outcome(ctx, "task-definition/batch", "remediated", seen)
	if err != nil {
		return err
	}
	s.took(since, n)
	for line := range strings.Lines(n.Diff) {
		fmt.Fprintf(s.Out, "           %s", line)
	}
	return s.corrected(ctx)
}

// corrected asserts that the two revisions differ in the two planned places only, and in our tags.
func (s *show) corrected(ctx context.Context) error {
	store := ecstask.Store{API: s.ecs}
	was, err := store.Describe(ctx, "batch:1")
	if err != nil {
		return err
	}
	is, err := store.Describe(ctx, "batch")
	if err != nil {
		return err
	}
	if is.Task.Revision != 2 {
		return fmt.Errorf("the latest revision of batch is %d, want 2", is.Task.Revision)
	}
	var paths []string
	for _, c := range plan.Compare(was, is) {
		paths = append(paths, c.Path)
	}
	want := []string{"containerDefinitions[app].dependsOn", "containerDefinitions[batch_log_router].portMappings"}
	if !slices.Equal(paths, want) {
		return fmt.Errorf("the revisions differ at %q, want %q", paths, want)
	}
	return tagsKept(was, is)
}

func tagsKept(was, is rules.Definition) error {
	have := map[string]string{}
	for _, t := range is.Tags {
		have[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	for _, t := range was.Tags {
		if have[aws.ToString(t.Key)] != aws.ToString(t.Value) {
			return fmt.Errorf("tag %s is lost", aws.ToString(t.Key))
		}
	}
	if have[plan.TagCorrectedFrom] != "batch:1" || have[plan.TagRules] != "FL103 FL201" {
		return fmt.Errorf("the corrected revision's own tags are %v", have)
	}
	return nil
}
