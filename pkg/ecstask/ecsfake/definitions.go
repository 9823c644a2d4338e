package ecsfake

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// revision is a registered definition; only its status ever changes.
type revision struct {
	task types.TaskDefinition
	tags []types.Tag
}

func (r *revision) active() bool { return r.task.Status == types.TaskDefinitionStatusActive }

var familyForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// RegisterTaskDefinition validates, stores what ECS would store, and answers it with its tags.
func (c *Cloud) RegisterTaskDefinition(ctx context.Context, in *ecs.RegisterTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.RegisterTaskDefinitionInput) (*ecs.RegisterTaskDefinitionOutput, error) {
		if err := validate(in); err != nil {
			return nil, err
		}
		r := &revision{task: stored(in), tags: in.Tags}
		family := *in.Family
		now, by := c.Now(), c.Caller
		r.task.Revision = c.latestNumber(family) + 1 // counts inactive ones, too: numbers are never used again
		name := arn("task-definition", family+":"+strconv.Itoa(int(r.task.Revision)))
		r.task.TaskDefinitionArn, r.task.Status = &name, types.TaskDefinitionStatusActive
		r.task.RegisteredAt, r.task.RegisteredBy = &now, &by
		c.families[family] = append(c.families[family], r)
		return &ecs.RegisterTaskDefinitionOutput{TaskDefinition: &r.task, Tags: r.tags}, nil
	})
}

// DescribeTaskDefinition answers a family's latest ACTIVE revision, or the one that is named. The answer passes the call's
// Deserialize middlewares as JSON, as with a real client.
func (c *Cloud) DescribeTaskDefinition(ctx context.Context, in *ecs.DescribeTaskDefinitionInput, opts ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error) {
	out, err := call(ctx, c.recorder, in, func(in *ecs.DescribeTaskDefinitionInput) (*ecs.DescribeTaskDefinitionOutput, error) {
		r, err := c.find(str(in.TaskDefinition))
		if err != nil {
			return nil, err
		}
		out := &ecs.DescribeTaskDefinitionOutput{TaskDefinition: &r.task}
		if slices.Contains(in.Include, types.TaskDefinitionFieldTags) {
			out.Tags = r.tags
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	return out, c.show(ctx, out, opts)
}

// DeregisterTaskDefinition makes a revision INACTIVE. It needs family and revision, or an ARN.
func (c *Cloud) DeregisterTaskDefinition(ctx context.Context, in *ecs.DeregisterTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DeregisterTaskDefinitionOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.DeregisterTaskDefinitionInput) (*ecs.DeregisterTaskDefinitionOutput, error) {
		ref := str(in.TaskDefinition)
		if !strings.Contains(last(ref), ":") {
			return nil, client("Revision is missing.")
		}
		r, err := c.find(ref)
		if err != nil {
			return nil, err
		}
		now := c.Now()
		r.task.Status, r.task.DeregisteredAt = types.TaskDefinitionStatusInactive, &now
		return &ecs.DeregisterTaskDefinitionOutput{TaskDefinition: &r.task}, nil
	})
}

// ListTaskDefinitionFamilies lists families in alphabetical order, by default those with an ACTIVE revision and those without.
func (c *Cloud) ListTaskDefinitionFamilies(ctx context.Context, in *ecs.ListTaskDefinitionFamiliesInput, _ ...func(*ecs.Options)) (*ecs.ListTaskDefinitionFamiliesOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.ListTaskDefinitionFamiliesInput) (*ecs.ListTaskDefinitionFamiliesOutput, error) {
		var names []string
		for family, all := range c.families {
			active := slices.ContainsFunc(all, (*revision).active)
			wanted := in.Status == types.TaskDefinitionFamilyStatusActive && active ||
				in.Status == types.TaskDefinitionFamilyStatusInactive && !active ||
				in.Status == types.TaskDefinitionFamilyStatusAll || in.Status == ""
			if wanted && strings.HasPrefix(family, str(in.FamilyPrefix)) {
				names = append(names, family)
			}
		}
		slices.Sort(names)
		some, next, err := page(names, in.MaxResults, in.NextToken)
		return &ecs.ListTaskDefinitionFamiliesOutput{Families: some, NextToken: next}, err
	})
}

// ListTaskDefinitions lists revisions of all families or of one (familyPrefix is a whole name here, as the API has it), by
// default the ACTIVE ones in ascending order.
func (c *Cloud) ListTaskDefinitions(ctx context.Context, in *ecs.ListTaskDefinitionsInput, _ ...func(*ecs.Options)) (*ecs.ListTaskDefinitionsOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.ListTaskDefinitionsInput) (*ecs.ListTaskDefinitionsOutput, error) {
		status := in.Status
		if status == "" {
			status = types.TaskDefinitionStatusActive
		}
		var names []string
		for _, family := range sortedKeys(c.families) {
			for _, r := range c.families[family] {
				if r.task.Status == status && (in.FamilyPrefix == nil || *in.FamilyPrefix == family) {
					names = append(names, *r.task.TaskDefinitionArn)
				}
			}
		}
		if in.Sort == types.SortOrderDesc {
			slices.Reverse(names)
		}
		some, next, err := page(names, in.MaxResults, in.NextToken)
		return &ecs.ListTaskDefinitionsOutput{TaskDefinitionArns: some, NextToken: next}, err
	})
}

// find resolves a family, family:revision or ARN.
func (c *Cloud) find(ref string) (*revision, error) {
	family, number, numbered := strings.Cut(last(ref), ":")
	all := c.families[family]
	if numbered {
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, client("Invalid revision number. Number: %s", number)
		}
		i := slices.IndexFunc(all, func(r *revision) bool { return int(r.task.Revision) == n })
		if i < 0 {
			return nil, client("Unable to describe task definition.")
		}
		return all[i], nil
	}
	for _, r := range slices.Backward(all) {
		if r.active() {
			return r, nil
		}
	}
	return nil, client("Unable to describe task definition.")
}

// usable is a definition that something new may run.
func (c *Cloud) usable(ref string) (*revision, error) {
	r, err := c.find(ref)
	switch {
	case err != nil:
		return nil, client("TaskDefinition not found.")
	case !r.active():
		return nil, client("TaskDefinition is inactive")
	}
	return r, nil
}
