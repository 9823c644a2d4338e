package deployments

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// failed is the reason of a deployment that the circuit breaker gave up, as ECS words it.
const failed = "ECS deployment circuit breaker: tasks failed to start."

// deployment is one of a service, in the form of the API: times are seconds since 1970.
type deployment struct {
	ID                          string  `json:"id"`
	Status                      string  `json:"status"`
	TaskDefinition              string  `json:"taskDefinition"`
	DesiredCount                int     `json:"desiredCount"`
	PendingCount                int     `json:"pendingCount"`
	RunningCount                int     `json:"runningCount"`
	FailedTasks                 int     `json:"failedTasks"`
	CreatedAt                   float64 `json:"createdAt"`
	UpdatedAt                   float64 `json:"updatedAt"`
	LaunchType                  string  `json:"launchType,omitempty"`
	PlatformVersion             string  `json:"platformVersion,omitempty"`
	PlatformFamily              string  `json:"platformFamily,omitempty"`
	NetworkConfiguration        any     `json:"networkConfiguration,omitempty"`
	RolloutState                string  `json:"rolloutState"`
	RolloutStateReason          string  `json:"rolloutStateReason"`
	ServiceConnectConfiguration any     `json:"serviceConnectConfiguration,omitempty"`
	VpcLatticeConfigurations    any     `json:"vpcLatticeConfigurations,omitempty"`

	// doomed deployments fail in place of coming to rest.
	doomed bool
}

// service is what the controller knows of a service. Only those of ECS's own controller have deployments, PRIMARY first.
type service struct {
	arn, cluster  string
	configuration *configuration
	stated        json.RawMessage // the deploymentConfiguration as it was given
	deployments   []deployment
	// fails says that the next update's deployment fails.
	fails bool
}

// configuration is the part of a deploymentConfiguration that decides what becomes of a deployment that fails.
type configuration struct {
	Breaker detection `json:"deploymentCircuitBreaker"`
	Alarms  detection `json:"alarms"`
}

type detection struct{ Enable, Rollback bool }

// detects says whether ECS finds a deployment failed, and whether it rolls back then. Either the circuit breaker does, or where
// it is off the alarms.
func (c *configuration) detects() (found, back bool) {
	switch {
	case c == nil:
		return false, false
	case c.Breaker.Enable:
		return true, c.Breaker.Rollback
	}
	return c.Alarms.Enable, c.Alarms.Rollback
}

func (s *service) primary() *deployment { return &s.deployments[0] }

// begin puts a deployment before the others: PRIMARY and in progress.
func (s *service) begin(d deployment, now time.Time) {
	for i := range s.deployments {
		s.deployments[i].Status = "ACTIVE"
	}
	d.ID, d.Status, d.RolloutState = newID(), "PRIMARY", "IN_PROGRESS"
	d.RolloutStateReason = "ECS deployment " + d.ID + " in progress."
	d.CreatedAt, d.UpdatedAt = seconds(now), seconds(now)
	d.PendingCount, d.RunningCount, d.FailedTasks = d.DesiredCount, 0, 0
	d.doomed, s.fails = s.fails, false
	s.deployments = slices.Insert(s.deployments, 0, d)
}

// settle ends all deployments but the PRIMARY one, which has completed.
func (s *service) settle(now time.Time) {
	s.deployments = s.deployments[:1]
	d := s.primary()
	d.RolloutState, d.RolloutStateReason, d.UpdatedAt = "COMPLETED", "ECS deployment "+d.ID+" completed.", seconds(now)
	d.RunningCount, d.PendingCount = d.DesiredCount, 0
}

// fail gives the PRIMARY deployment up for this reason and says whether the service goes back. Then the last deployment that
// completed is PRIMARY again, under its own id, and has yet to come to rest.
func (s *service) fail(reason string, now time.Time) bool {
	d := s.primary()
	d.RolloutState, d.RolloutStateReason, d.UpdatedAt = "FAILED", reason, seconds(now)
	d.FailedTasks, d.PendingCount = max(3, d.DesiredCount/2), 0 // the circuit breaker's threshold, at least 3
	i := slices.IndexFunc(s.deployments, func(d deployment) bool { return d.RolloutState == "COMPLETED" })
	if _, back := s.configuration.detects(); !back || i < 0 {
		return false
	}
	d.Status, d.DesiredCount = "ACTIVE", 0
	last := s.deployments[i]
	s.deployments = slices.Delete(s.deployments, i, i+1)
	by, _, _ := strings.Cut(reason, ":")
	last.Status, last.RolloutState, last.CreatedAt, last.UpdatedAt = "PRIMARY", "IN_PROGRESS", seconds(now), seconds(now)
	last.RolloutStateReason = by + ": rolling back to deploymentId " + last.ID + "."
	s.deployments = slices.Insert(s.deployments, 0, last)
	return true
}

// scale gives the PRIMARY deployment as many tasks as are wanted.
func (s *service) scale(desired int) {
	d := s.primary()
	d.DesiredCount = desired
	if d.RolloutState == "COMPLETED" {
		d.RunningCount = desired
		return
	}
	d.PendingCount = max(0, desired-d.RunningCount)
}

// newID makes an id as ECS gives deployments: 19 digits.
func newID() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(1e18)) // it never fails (crypto/rand)
	return fmt.Sprintf("ecs-svc/%019d", n)
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
