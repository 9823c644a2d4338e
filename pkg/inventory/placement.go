package inventory

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// placement is a definition that a service runs or would run, where, and how many of its tasks run.
type placement struct {
	definition string
	vpc        *types.AwsVpcConfiguration // nil unless awsvpc
	running    int32
}

// placements are the service's own (which counts at zero tasks and before a deployment), those of all its deployments, the
// draining ones included, and those of its task sets. The service's own tasks are those of its deployments or task sets.
func placements(s types.Service) []placement {
	all := []placement{{str(s.TaskDefinition), vpc(s.NetworkConfiguration), 0}}
	for _, d := range s.Deployments {
		all = append(all, placement{str(d.TaskDefinition), vpc(d.NetworkConfiguration), d.RunningCount})
	}
	for _, t := range s.TaskSets {
		all = append(all, placement{str(t.TaskDefinition), vpc(t.NetworkConfiguration), t.RunningCount})
	}
	return all
}

func vpc(n *types.NetworkConfiguration) *types.AwsVpcConfiguration {
	if n == nil {
		return nil
	}
	return n.AwsvpcConfiguration
}

// interfaces are the network interfaces that a task names. One that is still being attached is not there yet; the task's
// change to RUNNING comes later.
func interfaces(t types.Task) []string {
	var found []string
	for _, a := range t.Attachments {
		if str(a.Type) != "ElasticNetworkInterface" {
			continue
		}
		for _, d := range a.Details {
			if str(d.Name) == "networkInterfaceId" && str(d.Value) != "" {
				found = append(found, *d.Value)
			}
		}
	}
	return found
}

// ownInterface says whether a task has an interface of its own, or is getting one: an attachment has no interface's id yet while
// it is made, when a task of EC2 has its instance already.
func ownInterface(t types.Task) bool {
	return slices.ContainsFunc(t.Attachments, func(a types.Attachment) bool { return str(a.Type) == "ElasticNetworkInterface" })
}

// serviceOf is the service that started a task: its group is then "service:NAME".
func serviceOf(t types.Task) (string, bool) { return strings.CutPrefix(str(t.Group), "service:") }
