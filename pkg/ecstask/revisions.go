package ecstask

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// RevisionAPI is what Revisions need of ECS; *ecs.Client has it.
type RevisionAPI interface {
	ListTaskDefinitions(context.Context, *ecs.ListTaskDefinitionsInput, ...func(*ecs.Options)) (*ecs.ListTaskDefinitionsOutput, error)
	ListTagsForResource(context.Context, *ecs.ListTagsForResourceInput, ...func(*ecs.Options)) (*ecs.ListTagsForResourceOutput, error)
}

// Revisions are the account's revisions in one Region, as a sweep sees them. It is safe for concurrent use.
type Revisions struct {
	API RevisionAPI
}

// revisionsACall is the most that ListTaskDefinitions gives (API reference).
const revisionsACall = 100

// Active lists a page of the ACTIVE revisions ("web:3") of all families, from a token on, and the next page's token, "" at the end
// (ecs:ListTaskDefinitions): one call. A family's revisions follow one another, the latest first.
//
// Ask [IsThrottled] and [IsDenied] about the error.
func (r Revisions) Active(ctx context.Context, token string) (revisions []string, next string, err error) {
	in := &ecs.ListTaskDefinitionsInput{
		Status: types.TaskDefinitionStatusActive, Sort: types.SortOrderDesc, MaxResults: aws.Int32(revisionsACall),
	}
	if token != "" {
		in.NextToken = &token
	}
	out, err := r.API.ListTaskDefinitions(ctx, in)
	if err != nil {
		return nil, "", fmt.Errorf("listing task definitions: %w", err)
	}
	for _, arn := range out.TaskDefinitionArns {
		revisions = append(revisions, arn[strings.LastIndex(arn, "/")+1:])
	}
	return revisions, aws.ToString(out.NextToken), nil
}

// Tags reads a revision's tags by its ARN (ecs:ListTagsForResource): one call, of a bucket that DescribeTaskDefinition does not share.
//
// Ask [IsThrottled] and [IsDenied] about the error.
func (r Revisions) Tags(ctx context.Context, arn string) ([]types.Tag, error) {
	out, err := r.API.ListTagsForResource(ctx, &ecs.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, fmt.Errorf("listing the tags of %s: %w", arn, err)
	}
	return out.Tags, nil
}
