package ecsfake

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TagResource puts tags on a revision, over those with the same keys. Other resources are unknown to the fake.
func (c *Cloud) TagResource(ctx context.Context, in *ecs.TagResourceInput, _ ...func(*ecs.Options)) (*ecs.TagResourceOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.TagResourceInput) (*ecs.TagResourceOutput, error) {
		r, err := c.find(str(in.ResourceArn))
		if err != nil {
			return nil, invalid("The specified task definition could not be found.")
		}
		for _, t := range in.Tags {
			r.tags = slices.DeleteFunc(slices.Clone(r.tags), func(old types.Tag) bool { return str(old.Key) == str(t.Key) })
			r.tags = append(r.tags, t)
		}
		return &ecs.TagResourceOutput{}, nil
	})
}

// UntagResource takes tags from a revision.
func (c *Cloud) UntagResource(ctx context.Context, in *ecs.UntagResourceInput, _ ...func(*ecs.Options)) (*ecs.UntagResourceOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.UntagResourceInput) (*ecs.UntagResourceOutput, error) {
		r, err := c.find(str(in.ResourceArn))
		if err != nil {
			return nil, invalid("The specified task definition could not be found.")
		}
		r.tags = slices.DeleteFunc(slices.Clone(r.tags), func(t types.Tag) bool { return slices.Contains(in.TagKeys, str(t.Key)) })
		return &ecs.UntagResourceOutput{}, nil
	})
}

// ListTagsForResource answers the tags of a revision.
func (c *Cloud) ListTagsForResource(ctx context.Context, in *ecs.ListTagsForResourceInput, _ ...func(*ecs.Options)) (*ecs.ListTagsForResourceOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.ListTagsForResourceInput) (*ecs.ListTagsForResourceOutput, error) {
		r, err := c.find(str(in.ResourceArn))
		if err != nil {
			return nil, invalid("The specified task definition could not be found.")
		}
		return &ecs.ListTagsForResourceOutput{Tags: r.tags}, nil
	})
}
