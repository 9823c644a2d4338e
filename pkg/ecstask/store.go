package ecstask

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// API is what a Store needs of ECS; *ecs.Client has it.
type API interface {
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DescribeTaskDefinitionOutput, error)
	RegisterTaskDefinition(context.Context, *ecs.RegisterTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.RegisterTaskDefinitionOutput, error)
	DeregisterTaskDefinition(context.Context, *ecs.DeregisterTaskDefinitionInput, ...func(*ecs.Options)) (*ecs.DeregisterTaskDefinitionOutput, error)
	ListTaskDefinitionFamilies(context.Context, *ecs.ListTaskDefinitionFamiliesInput, ...func(*ecs.Options)) (*ecs.ListTaskDefinitionFamiliesOutput, error)
}

// Store is the account's task definitions in one Region. It holds no state of its own and is safe for concurrent use.
type Store struct {
	API API
}

// errNothing is an answer of ECS without what was asked for; the model does not exclude it.
var errNothing = errors.New("the answer holds no task definition")

// Describe reads a definition with its tags (ecs:DescribeTaskDefinition, include TAGS): one call. The ref is a family, which
// means its latest ACTIVE revision, "family:revision", or an ARN. Keys of the answer that this SDK does not know are in the
// definition's Unknown: it can be judged, but [Store.Register] refuses it.
//
// Ask [IsNotFound], [IsThrottled] and [IsDenied] about the error.
func (s Store) Describe(ctx context.Context, ref string) (rules.Definition, error) {
	var answer rawAnswer
	out, err := s.API.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: &ref,
		Include:        []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
	}, answer.watch)
	if err == nil && out.TaskDefinition == nil {
		err = errNothing
	}
	if err != nil {
		return rules.Definition{}, fmt.Errorf("describing task definition %s: %w", ref, err)
	}
	unknown, err := answer.unknownKeys()
	if err != nil {
		return rules.Definition{}, fmt.Errorf("reading the raw answer about task definition %s: %w", ref, err)
	}
	return rules.Definition{Task: *out.TaskDefinition, Tags: out.Tags, Unknown: unknown}, nil
}

// Families lists the families that have an ACTIVE revision, in ECS's order (ecs:ListTaskDefinitionFamilies): one call for
// each 100.
//
// Ask [IsThrottled] and [IsDenied] about the error.
func (s Store) Families(ctx context.Context) ([]string, error) {
	var families []string
	pages := ecs.NewListTaskDefinitionFamiliesPaginator(s.API, &ecs.ListTaskDefinitionFamiliesInput{
		Status: types.TaskDefinitionFamilyStatusActive,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing task definition families: %w", err)
		}
		families = append(families, page.Families...)
	}
	return families, nil
}
