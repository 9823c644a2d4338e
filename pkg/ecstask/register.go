package ecstask

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/firewarden/firewarden/pkg/rules"
)

// assigned are the nine fields of a described definition that ECS sets itself and RegisterTaskDefinition does not take.
// A test holds them, with the 17 that input carries, against the SDK's types.
var assigned = []string{
	"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
	"registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt",
}

// Register registers the definition as the next revision of its family, with its tags, and returns it as ECS answers it
// (ecs:RegisterTaskDefinition, ecs:TagResource, iam:PassRole for both roles): one call. A definition with unknown keys is
// refused with an [*UnknownKeysError] before any call.
//
// It is not idempotent: each call that takes effect makes a revision, also one whose answer is lost. Read the latest revision
// before trying again. Ask [IsThrottled], [IsDenied], [IsLimit] and [IsInvalid] about the error.
func (s Store) Register(ctx context.Context, d rules.Definition) (rules.Definition, error) {
	if err := Unknown(d); err != nil {
		return rules.Definition{}, err
	}
	out, err := s.API.RegisterTaskDefinition(ctx, input(d))
	if err == nil && out.TaskDefinition == nil {
		err = errNothing
	}
	if err != nil {
		return rules.Definition{}, fmt.Errorf("registering a revision of task definition %s: %w", d.Ref(), err)
	}
	return rules.Definition{Task: *out.TaskDefinition, Tags: out.Tags}, nil
}

// Deregister makes a revision INACTIVE, by its ARN (ecs:DeregisterTaskDefinition): one call. What runs it goes on; nothing new can
// run it ("up to a 10-minute window", API reference), and it cannot be made ACTIVE again. Repeated, it changes nothing. It shares
// its rate with registrations.
//
// Ask [IsNotFound], [IsThrottled], [IsDenied] and [IsInvalid] about the error.
func (s Store) Deregister(ctx context.Context, arn string) error {
	if _, err := s.API.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &arn}); err != nil {
		return fmt.Errorf("deregistering task definition %s: %w", arn, err)
	}
	return nil
}

// input carries the 17 fields that a caller may set, and the tags. An empty list of tags is not sent.
func input(d rules.Definition) *ecs.RegisterTaskDefinitionInput {
	t := d.Task
	in := &ecs.RegisterTaskDefinitionInput{
		ContainerDefinitions:    t.ContainerDefinitions,
		Cpu:                     t.Cpu,
		EnableFaultInjection:    t.EnableFaultInjection,
		EphemeralStorage:        t.EphemeralStorage,
		ExecutionRoleArn:        t.ExecutionRoleArn,
		Family:                  t.Family,
		InferenceAccelerators:   t.InferenceAccelerators,
		IpcMode:                 t.IpcMode,
		Memory:                  t.Memory,
		NetworkMode:             t.NetworkMode,
		PidMode:                 t.PidMode,
		PlacementConstraints:    t.PlacementConstraints,
		ProxyConfiguration:      t.ProxyConfiguration,
		RequiresCompatibilities: t.RequiresCompatibilities,
		RuntimePlatform:         t.RuntimePlatform,
		TaskRoleArn:             t.TaskRoleArn,
		Volumes:                 t.Volumes,
	}
	if len(d.Tags) > 0 {
		in.Tags = d.Tags
	}
	return in
}
