package rules

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl312() Rule {
	return Rule{
		ID:       "FL312",
		Title:    "An output that needs a network in network mode none",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The network mode is none, and a client's output sends logs over a network: anything but a file, stdout, null and the like.",
			Why: "AWS: with network mode none \"the task's containers do not have external connectivity\". The router takes the logs by its socket, tries to send them, and drops them when its retries are used up: " +
				"the task looks healthy and not one line arrives.",
			Fix:     "None: use another network mode, or an output that writes into a volume.",
			Silent:  "In other network modes; for outputs that stay in the container; for clients without an output of their own: configuration files are not read here. Unknown where a file does not tell the network mode or the output.",
			Before:  `"networkMode": "none", with "options": {"Name": "cloudwatch_logs", "region": "eu-central-1"}`,
			After:   `"networkMode": "bridge", with the same options`,
			Sources: []string{"https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html", "https://docs.fluentbit.io/manual/pipeline/outputs", srcAgentConf},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			mode, router := d.NetworkMode(), d.theRouter()
			if router == nil || mode != types.NetworkModeNone && mode != "" {
				return nil
			}
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				o, ok := outputOf(router, &d.Task.ContainerDefinitions[i])
				if !ok || o.stays() {
					continue
				}
				if mode == "" {
					return d.unknown("FL312", "networkMode", d.Why("networkMode"))
				}
				found = append(found, d.cutOff(o))
			}
			return found
		}),
	}
}

func (d Definition) cutOff(o output) Finding {
	at := optionPath(o.client, outputKey(o.kind))
	if why := d.Why(at); why != "" {
		return d.unknown("FL312", at, why)[0]
	}
	return d.finding("FL312", High, at, fmt.Sprintf("the output of container %s needs a network, and the task has none (network mode none)", str(o.client.Name)))
}

// localOutputs are the plugins of Fluent Bit and Fluentd that send nothing over a network.
var localOutputs = []string{"stdout", "null", "file", "counter", "flowcounter", "exit", "plot", "lib", "exec", "relabel", "copy", "secondary_file"}

// stays says whether an output stays in the task: a local plugin, or forward by a socket.
func (o output) stays() bool {
	for _, plugin := range localOutputs {
		if o.is(plugin) {
			return true
		}
	}
	return o.is("forward") && o.given("Unix_Path")
}
