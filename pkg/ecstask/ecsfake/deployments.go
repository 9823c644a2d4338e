package ecsfake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TasksFailedToStart is the rolloutStateReason of a deployment that the circuit breaker gave up.
const TasksFailedToStart = "ECS deployment circuit breaker: tasks failed to start."

// deploy puts a new PRIMARY deployment of the service's definition before the others, and starts its tasks.
func (c *Cloud) deploy(k *cluster, s *types.Service, connect *types.ServiceConnectConfiguration, lattice []types.VpcLatticeConfiguration) {
	demote(s)
	id, status, now := fmt.Sprintf("ecs-svc/%019d", c.next()), "PRIMARY", c.Now()
	reason := "ECS deployment " + id + " in progress."
	d := types.Deployment{
		Id: &id, Status: &status, CreatedAt: &now, UpdatedAt: &now, TaskDefinition: s.TaskDefinition, LaunchType: s.LaunchType,
		DesiredCount: s.DesiredCount, RunningCount: s.DesiredCount, NetworkConfiguration: s.NetworkConfiguration,
		RolloutState: types.DeploymentRolloutStateInProgress, RolloutStateReason: &reason,
		ServiceConnectConfiguration: connect, VpcLatticeConfigurations: lattice,
	}
	s.Deployments = append([]types.Deployment{d}, s.Deployments...)
	c.scale(k, s, d)
}

// demote leaves the service without a PRIMARY deployment.
func demote(s *types.Service) {
	for i := range s.Deployments {
		old := "ACTIVE"
		s.Deployments[i].Status = &old
	}
}

// Settle ends a service's deployments but the PRIMARY one, which is complete then, and stops their tasks: what ECS does in time.
// A rollback settles so, too. A deployment that failed never does.
func (c *Cloud) Settle(cluster, service string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, s, err := c.activeService(&cluster, &service)
	if err != nil || len(s.Deployments) == 0 || s.Deployments[0].RolloutState == types.DeploymentRolloutStateFailed {
		return
	}
	s.Deployments = s.Deployments[:1]
	primary, now := &s.Deployments[0], c.Now()
	reason := "ECS deployment " + *primary.Id + " completed."
	primary.RolloutState, primary.RolloutStateReason, primary.UpdatedAt = types.DeploymentRolloutStateCompleted, &reason, &now
	c.stopWhere(k, func(t *types.Task) bool {
		return str(t.Group) == "service:"+*s.ServiceName && str(t.StartedBy) != *primary.Id
	})
}

// Fail lets ECS find that the PRIMARY deployment, in progress, does not come to rest; reason is its rolloutStateReason,
// [TasksFailedToStart] if empty. Without a circuit breaker or alarms that are enabled ECS never finds that, and goes on for
// ever. With rollback, the last deployment that completed is PRIMARY again, in progress, under its own id (whether its
// definition is INACTIVE meanwhile or not), and the failed one stays beside it until [Cloud.Settle]; without rollback, or where
// none ever completed, the failed one stays PRIMARY. No reference says so much: the readme of @wanews/pulumi-wait-for-ecs-deploy
// has the outputs of describe-services.
func (c *Cloud) Fail(cluster, service, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, s, err := c.activeService(&cluster, &service)
	if err != nil || len(s.Deployments) == 0 || s.Deployments[0].RolloutState != types.DeploymentRolloutStateInProgress {
		return
	}
	found, back := detects(s.DeploymentConfiguration)
	if !found {
		return
	}
	if reason == "" {
		reason = TasksFailedToStart
	}
	failed, now := &s.Deployments[0], c.Now()
	c.stopWhere(k, func(t *types.Task) bool { return str(t.StartedBy) == *failed.Id })
	failed.RolloutState, failed.RolloutStateReason, failed.UpdatedAt = types.DeploymentRolloutStateFailed, &reason, &now
	failed.RunningCount, failed.FailedTasks = 0, max(3, failed.DesiredCount/2) // its threshold, at least 3
	if back {
		c.rollBack(k, s, reason)
	}
}

// detects says whether ECS finds a deployment of this configuration failed, and whether it rolls back then. Either the circuit
// breaker does, or where it is off the alarms.
func detects(d *types.DeploymentConfiguration) (found, back bool) {
	switch {
	case d == nil:
		return false, false
	case d.DeploymentCircuitBreaker != nil && d.DeploymentCircuitBreaker.Enable:
		return true, d.DeploymentCircuitBreaker.Rollback
	case d.Alarms != nil && d.Alarms.Enable:
		return true, d.Alarms.Rollback
	}
	return false, false
}

// rollBack makes the last deployment that completed PRIMARY again. It is listed still: only [Cloud.Settle] ends deployments.
func (c *Cloud) rollBack(k *cluster, s *types.Service, reason string) {
	i := slices.IndexFunc(s.Deployments, func(d types.Deployment) bool { return d.RolloutState == types.DeploymentRolloutStateCompleted })
	if i < 0 {
		return
	}
	s.Deployments[0].DesiredCount = 0
	demote(s)
	d, status, now := s.Deployments[i], "PRIMARY", c.Now()
	by, _, _ := strings.Cut(reason, ":")
	back := by + ": rolling back to deploymentId " + *d.Id + "."
	d.Status, d.CreatedAt, d.UpdatedAt = &status, &now, &now
	d.RolloutState, d.RolloutStateReason = types.DeploymentRolloutStateInProgress, &back
	s.Deployments = slices.Insert(slices.Delete(s.Deployments, i, i+1), 0, d)
	s.TaskDefinition, s.NetworkConfiguration = d.TaskDefinition, d.NetworkConfiguration
	if d.DesiredCount != s.DesiredCount { // it was scaled meanwhile
		c.rescale(k, s)
	}
}
