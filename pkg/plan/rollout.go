package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Rollout is a corrected revision on its way to who runs the one that it was made from.
type Rollout struct {
	// Remediation is the ledger's id of the remediation that it belongs to.
	Remediation string `json:"remediation"`
	// From and To are the ARNs of the revision that has the findings and of the corrected one.
	From string `json:"from"`
	To   string `json:"to"`
	// Moves are those who ran a revision with the findings, by name: "service prod/web", "schedule prod/default/nightly"; tasks by no name.
	Moves map[string]Move `json:"moves"`
}

// Move is where one of them stands.
type Move struct {
	State MoveState `json:"state"`
	// Why says more for people, where there is more to say.
	Why string `json:"why,omitempty"`
	// Deployment is the id of the deployment of the corrected revision, "" until there was one. It tells a service that was never
	// moved from one that went back.
	Deployment string `json:"deployment,omitempty"`
}

// MoveState is where a service stands in a rollout.
type MoveState string

// The states of a move. Due and Returning ask for a call: to the corrected revision, and back to the other one.
const (
	Due       MoveState = "due"
	Waiting   MoveState = "waiting"   // somebody else's deployment comes first
	Moving    MoveState = "moving"    // its deployment is in progress
	Moved     MoveState = "moved"     // it runs the corrected revision and nothing else
	Returning MoveState = "returning" // its deployment failed, and ECS left it there
	Failed    MoveState = "failed"    // its deployment failed, and it runs the other revision again
	Left      MoveState = "left"      // not FireWarden's to move
	Gone      MoveState = "gone"      // it is no more
)

// Unfinished says that something is still to come.
func (s MoveState) Unfinished() bool {
	return s == Due || s == Waiting || s == Moving || s == Returning
}

// patience is how long a deployment may be in progress: CloudFormation too gives a service three hours to become stable.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
const patience = 3 * time.Hour

// Next is where a service stands now, given where it stood. Circuit breakers and alarms are ECS's to judge: a deployment has
// failed when ECS says so, has taken it back, or has not ended after three hours.
//
//	PRIMARY deployment's   its      deployment of   so
//	definition             state    To before
//	To                     done     any             Moved, once no other deployment is left
//	To                     fails    any             Returning
//	To                     goes on  any             Moving; Returning after three hours
//	From                   any      one             Failed: ECS took it back, or we did
//	From                   done     none            Due
//	From                   goes on  none            Waiting
//	From                   fails    none            Left
//	a third one            any      or none         Left
func (r Rollout) Next(s types.Service, was Move, now time.Time) Move {
	if value(s.Status) != "ACTIVE" {
		return Move{State: Gone}
	}
	if c := s.DeploymentController; c != nil && c.Type != types.DeploymentControllerTypeEcs {
		return Move{State: Left, Why: "its deployments are made by " + controllers[c.Type]}
	}
	primary, others := deployments(s)
	if primary == nil {
		return Move{State: Left, Why: "it has no deployment"}
	}
	switch value(primary.TaskDefinition) {
	case r.To:
		return r.toward(*primary, others, now)
	case r.From:
		return r.back(s, *primary, others, was)
	}
	return Move{State: Left, Why: "it runs " + revision(value(primary.TaskDefinition)), Deployment: was.Deployment}
}

// toward is where a service stands whose PRIMARY deployment has the corrected revision.
func (r Rollout) toward(d types.Deployment, others []types.Deployment, now time.Time) Move {
	m := Move{State: Moving, Deployment: value(d.Id)}
	switch state := progress(d, others); {
	case state == types.DeploymentRolloutStateFailed:
		m.State, m.Why = Returning, value(d.RolloutStateReason)
	case state == types.DeploymentRolloutStateInProgress && d.CreatedAt != nil && now.Sub(*d.CreatedAt) > patience:
		m.State, m.Why = Returning, "its deployment did not end within three hours"
	case state == types.DeploymentRolloutStateCompleted && len(others) == 0:
		m.State = Moved
	}
	return m
}

// back is where a service stands whose PRIMARY deployment has the revision with the findings.
func (r Rollout) back(s types.Service, d types.Deployment, others []types.Deployment, was Move) Move {
	state := progress(d, others)
	switch {
	case was.Deployment != "" && (was.State == Failed || was.State == Returning):
		return Move{State: Failed, Why: was.Why, Deployment: was.Deployment}
	case was.Deployment != "":
		return Move{State: Failed, Why: whyFailed(s, was.Deployment), Deployment: was.Deployment}
	case state == types.DeploymentRolloutStateInProgress:
		return Move{State: Waiting, Why: "a deployment of " + revision(r.From) + " is in progress"}
	case state == types.DeploymentRolloutStateFailed:
		return Move{State: Left, Why: "its own deployment of " + revision(r.From) + " failed"}
	}
	return Move{State: Due}
}

// whyFailed is what ECS says of a deployment that it took back: at the deployment while that is listed, else in the service's
// events, else at the one that took its place while that goes on.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
func whyFailed(s types.Service, id string) string {
	primary, others := deployments(s)
	for _, d := range others {
		if why := value(d.RolloutStateReason); value(d.Id) == id && why != "" {
			return why
		}
	}
	for _, e := range s.Events {
		if _, what, ok := strings.Cut(value(e.Message), "(deployment "+id+") "); ok && strings.Contains(what, "failed") {
			return what
		}
	}
	if why := value(primary.RolloutStateReason); primary.RolloutState == types.DeploymentRolloutStateInProgress && why != "" {
		return why
	}
	return "it was moved back"
}

var controllers = map[types.DeploymentControllerType]string{
	types.DeploymentControllerTypeCodeDeploy: "CodeDeploy",
	types.DeploymentControllerTypeExternal:   "an external controller",
}

// deployments are a service's PRIMARY one, nil where there is none, and the others.
func deployments(s types.Service) (primary *types.Deployment, others []types.Deployment) {
	for i, d := range s.Deployments {
		if value(d.Status) == "PRIMARY" {
			primary = &s.Deployments[i]
		} else {
			others = append(others, d)
		}
	}
	return primary, others
}

// progress is a deployment's state. ECS gives none for services behind a Classic Load Balancer
// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html): there it has ended when it is alone and all its
// tasks run.
func progress(d types.Deployment, others []types.Deployment) types.DeploymentRolloutState {
	switch {
	case d.RolloutState != "":
		return d.RolloutState
	case len(others) == 0 && d.RunningCount == d.DesiredCount:
		return types.DeploymentRolloutStateCompleted
	}
	return types.DeploymentRolloutStateInProgress
}

// revision is "family:revision" of a definition's ARN.
func revision(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// String names a revision's way: "web:1 to web:2".
func (r Rollout) String() string { return fmt.Sprintf("%s to %s", revision(r.From), revision(r.To)) }
