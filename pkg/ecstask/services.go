package ecstask

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ServiceAPI is what Services need of ECS; *ecs.Client has it.
type ServiceAPI interface {
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	UpdateService(context.Context, *ecs.UpdateServiceInput, ...func(*ecs.Options)) (*ecs.UpdateServiceOutput, error)
}

// Services are the account's services in one Region, as a rollout sees them. It is safe for concurrent use.
type Services struct {
	API ServiceAPI
}

// errNoService is an answer of ECS without what was changed; the model does not exclude it.
var errNoService = errors.New("the answer holds no service")

// Service reads a service by "cluster/name" (ecs:DescribeServices): one call. One that is not there, or no more, has the status
// INACTIVE and nothing else.
//
// Ask [IsThrottled] and [IsDenied] about the error.
func (s Services) Service(ctx context.Context, name string) (types.Service, error) {
	cluster, short, _ := strings.Cut(name, "/")
	out, err := s.API.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{short}})
	var noCluster *types.ClusterNotFoundException
	switch {
	case errors.As(err, &noCluster):
		return gone(short), nil
	case err != nil:
		return types.Service{}, fmt.Errorf("describing service %s: %w", name, err)
	case len(out.Services) == 0:
		return gone(short), nil
	}
	return out.Services[0], nil
}

func gone(name string) types.Service {
	status := "INACTIVE"
	return types.Service{ServiceName: &name, Status: &status}
}

// Move makes a service ("cluster/name") run a definition, by its ARN (ecs:UpdateService): one call, which begins a deployment.
// Nothing else of the service is sent, so that its own deployment configuration counts: circuit breaker, alarms, and how many
// tasks must stay healthy. It returns the service as it is then. Repeated, it changes nothing.
//
// Ask [IsServiceGone], [IsThrottled], [IsDenied] and [IsInvalid] about the error.
func (s Services) Move(ctx context.Context, name, definition string) (types.Service, error) {
	cluster, short, _ := strings.Cut(name, "/")
	out, err := s.API.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &cluster, Service: &short, TaskDefinition: &definition})
	if err == nil && out.Service == nil {
		err = errNoService
	}
	if err != nil {
		return types.Service{}, fmt.Errorf("moving service %s to %s: %w", name, definition, err)
	}
	return *out.Service, nil
}
