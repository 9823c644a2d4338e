package deployments

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
)

// Answer is an answer of ECS: its HTTP status and its JSON.
type Answer struct {
	Status int
	Body   []byte
}

func (a Answer) ok() bool { return a.Status < http.StatusMultipleChoices }

// Call is a call of ECS that concerns services.
type Call struct {
	Action string
	// Parameters are the request's JSON.
	Parameters map[string]any
	// Pass lets the emulator answer.
	Pass func() (Answer, error)
}

// Handles says whether the action's calls belong before [Controller.Handle].
func Handles(action string) bool {
	switch action {
	case "CreateService", "UpdateService", "DescribeServices", "DeleteService":
		return true
	}
	return false
}

// Handle answers a call as ECS would: refused where ECS refuses it and the emulator does not, else by the emulator, with the
// services' deployments as ECS has them. The calls are handled one after the other.
func (c *Controller) Handle(ctx context.Context, call Call) (Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	definition, refused := c.check(ctx, call)
	if refused != nil {
		return refused.answer(), nil
	}
	a, err := call.Pass()
	if err != nil || !a.ok() {
		return a, err
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(a.Body, &out); err != nil {
		return a, fmt.Errorf("reading the answer to %s: %w", call.Action, err)
	}
	if call.Action == "DescribeServices" {
		err = c.all(out)
	} else {
		err = c.one(out, call, definition)
	}
	if err != nil {
		return a, fmt.Errorf("reading the services of %s: %w", call.Action, err)
	}
	a.Body, err = json.Marshal(out)
	return a, err
}

// all shows the deployments of every service that was described.
func (c *Controller) all(out map[string]json.RawMessage) error {
	var services []shown
	if err := json.Unmarshal(out["services"], &services); err != nil {
		return err
	}
	for i := range services {
		s, err := c.known(services[i])
		if err != nil {
			return err
		}
		if err := s.overlay(services[i]); err != nil {
			return err
		}
	}
	text, err := json.Marshal(services)
	out["services"] = text
	return err
}

// one does what the call asks of its service, and shows that.
func (c *Controller) one(out map[string]json.RawMessage, call Call, definition string) error {
	var answered shown
	if err := json.Unmarshal(out["service"], &answered); err != nil {
		return err
	}
	if call.Action == "CreateService" {
		delete(c.services, answered.text("serviceArn"))
	}
	s, err := c.known(answered)
	if err != nil {
		return err
	}
	switch call.Action {
	case "CreateService":
		err = c.create(s, call.Parameters)
	case "UpdateService":
		err = c.update(s, call.Parameters, definition)
	}
	if err != nil {
		return err
	}
	if err := s.overlay(answered); err != nil {
		return err
	}
	out["service"], err = json.Marshal(answered)
	return err
}

// create begins a service's first deployment. The tag decides about the one after it.
func (c *Controller) create(s *service, in map[string]any) error {
	if err := s.configure(in); err != nil || len(s.deployments) == 0 {
		return err
	}
	first := s.deployments[0]
	first.ServiceConnectConfiguration, first.VpcLatticeConfigurations = in["serviceConnectConfiguration"], in["vpcLatticeConfigurations"]
	s.deployments = nil
	c.begin(s, first)
	s.fails = doomed(in)
	return nil
}

// update begins a deployment where the request asks for something else than the service has, or for a deployment by force.
func (c *Controller) update(s *service, in map[string]any, definition string) error {
	if err := s.configure(in); err != nil || len(s.deployments) == 0 {
		return err
	}
	next := *s.primary()
	fresh := in["forceNewDeployment"] == true || definition != "" && definition != next.TaskDefinition
	if definition != "" {
		next.TaskDefinition = definition
	}
	for name, kept := range map[string]*any{
		"networkConfiguration": &next.NetworkConfiguration, "serviceConnectConfiguration": &next.ServiceConnectConfiguration,
		"vpcLatticeConfigurations": &next.VpcLatticeConfigurations,
	} {
		if wanted := in[name]; wanted != nil && !reflect.DeepEqual(wanted, *kept) {
			*kept, fresh = wanted, true
		}
	}
	if n, ok := in["desiredCount"].(float64); ok {
		s.scale(int(n))
		next.DesiredCount = int(n)
	}
	if fresh {
		c.begin(s, next)
	}
	return nil
}

// doomed reads the tag of a service whose next update shall fail: local:deployment = fail.
func doomed(in map[string]any) bool {
	tags, _ := in["tags"].([]any)
	for _, t := range tags {
		if tag, ok := t.(map[string]any); ok && tag["key"] == "local:deployment" && tag["value"] == "fail" {
			return true
		}
	}
	return false
}
