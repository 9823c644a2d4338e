package deployments

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// refusal is an error of ECS.
type refusal struct {
	Code    string `json:"__type"`
	Message string `json:"message"`
}

func (r refusal) answer() Answer {
	body, _ := json.Marshal(r) // strings always marshal
	return Answer{Status: http.StatusBadRequest, Body: body}
}

// check refuses what ECS refuses and moto takes: an INACTIVE definition, a service that is not ACTIVE, another deployment by
// ECS where something else deploys. It answers the ARN of the definition that was asked for. What it cannot read, the emulator
// refuses itself.
func (c *Controller) check(ctx context.Context, call Call) (string, *refusal) {
	if call.Action != "CreateService" && call.Action != "UpdateService" {
		return "", nil
	}
	if call.Action == "UpdateService" {
		if r := c.checkService(ctx, call.Parameters); r != nil {
			return "", r
		}
	}
	ref, _ := call.Parameters["taskDefinition"].(string)
	if ref == "" {
		return "", nil
	}
	out, err := c.o.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &ref})
	switch {
	case err != nil:
		return "", nil
	case out.TaskDefinition.Status == types.TaskDefinitionStatusInactive:
		return "", &refusal{"ClientException", "TaskDefinition is inactive"}
	}
	return *out.TaskDefinition.TaskDefinitionArn, nil
}

func (c *Controller) checkService(ctx context.Context, in map[string]any) *refusal {
	name, _ := in["service"].(string)
	ask := &ecs.DescribeServicesInput{Services: []string{name}}
	if cluster, ok := in["cluster"].(string); ok {
		ask.Cluster = &cluster
	}
	out, err := c.o.ECS.DescribeServices(ctx, ask)
	if err != nil || len(out.Services) == 0 {
		return nil
	}
	s := out.Services[0]
	if *s.Status != "ACTIVE" {
		return &refusal{"ServiceNotActiveException", "Service was not ACTIVE."}
	}
	return checkController(s.DeploymentController, in)
}

// checkController: only ECS's own controller replaces tasks at an update.
func checkController(d *types.DeploymentController, in map[string]any) *refusal {
	if d == nil || d.Type == "" || d.Type == types.DeploymentControllerTypeEcs {
		return nil
	}
	advice := ""
	if d.Type == types.DeploymentControllerTypeCodeDeploy {
		advice = " Use AWS CodeDeploy to trigger a new deployment."
	}
	var what string
	switch {
	case in["taskDefinition"] != nil:
		what = "Unable to update task definition"
	case in["forceNewDeployment"] == true:
		what = "Cannot force a new deployment"
	default:
		return nil
	}
	return &refusal{"InvalidParameterException", fmt.Sprintf("%s on services with a %s deployment controller.%s", what, d.Type, advice)}
}
