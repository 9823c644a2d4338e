package deployments

import (
	"encoding/json"
	"strings"
)

// shown is a service as the emulator answers it.
type shown map[string]json.RawMessage

func (s shown) text(name string) string {
	var v string
	_ = json.Unmarshal(s[name], &v) // absent and of another type alike: none
	return v
}

// known finds the service, or takes it as the emulator has it: one that CloudFormation made, or that this call makes. Its only
// deployment has the definition that it was made with, and has completed.
func (c *Controller) known(answered shown) (*service, error) {
	arn := answered.text("serviceArn")
	if answered.text("status") != "ACTIVE" {
		delete(c.services, arn)
		return &service{arn: arn}, nil
	}
	if s := c.services[arn]; s != nil {
		return s, nil
	}
	s := &service{arn: arn, cluster: answered.text("clusterArn")}
	var by struct{ Type string }
	if raw := answered["deploymentController"]; raw != nil {
		if err := json.Unmarshal(raw, &by); err != nil {
			return nil, err
		}
	}
	if raw := answered["deployments"]; raw != nil && (by.Type == "" || by.Type == "ECS") {
		if err := json.Unmarshal(raw, &s.deployments); err != nil {
			return nil, err
		}
	}
	if len(s.deployments) > 0 {
		d := s.primary()
		d.RolloutState, d.RolloutStateReason = "COMPLETED", "ECS deployment "+d.ID+" completed."
		d.RunningCount, d.PendingCount = d.DesiredCount, 0
	}
	c.services[arn] = s
	return s, nil
}

// configure keeps the deploymentConfiguration of a request; moto drops that of CreateService.
func (s *service) configure(in map[string]any) error {
	stated := in["deploymentConfiguration"]
	if stated == nil {
		return nil
	}
	text, err := json.Marshal(stated)
	if err != nil {
		return err
	}
	s.stated, s.configuration = text, &configuration{}
	return json.Unmarshal(text, s.configuration)
}

// overlay writes over the emulator's answer what the controller knows better.
func (s *service) overlay(answered shown) error {
	if s.stated != nil {
		answered["deploymentConfiguration"] = s.stated
	}
	if answered.text("status") != "ACTIVE" {
		answered["deployments"] = json.RawMessage("[]")
	}
	if len(s.deployments) == 0 {
		return nil
	}
	running, pending := 0, 0
	for _, d := range s.deployments {
		running, pending = running+d.RunningCount, pending+d.PendingCount
	}
	known := map[string]any{
		"deployments": s.deployments, "taskDefinition": s.primary().TaskDefinition, "runningCount": running, "pendingCount": pending,
	}
	if n := s.primary().NetworkConfiguration; n != nil { // a service that goes back does so with its groups
		known["networkConfiguration"] = n
	}
	for name, v := range known {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		answered[name] = text
	}
	return nil
}

// named says whether a service's ARN, in its long form, ends in these names.
func named(arn, cluster, name string) bool {
	return strings.HasSuffix(arn, ":service/"+cluster+"/"+name)
}
