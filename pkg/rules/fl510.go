package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl510() Rule {
	return Rule{
		ID:       "FL510",
		Title:    "Retry and stop settings that lose logs",
		Severity: Low,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A Fluent Bit output has no retry_limit, and so one retry, or no_retries; or the router's stopTimeout is no longer than the grace in which Fluent Bit sends what it still holds: 5 seconds by default, 30 with " +
				"the built-in minimize-log-loss.conf.",
			Why: "After its last retry Fluent Bit drops the records: a destination that throttles twice in a row loses them, and only the router's own log says so. Nearly every example of AWS sets retry_limit 2. A router that is " +
				"killed while it still sends loses the last lines of a stopping task, the ones that say why it stopped; severity is medium there.",
			Fix: "None: more retries hold more memory while a destination is away, and a longer stop delays each deployment. Set retry_limit 2 or more, and a stopTimeout above the grace (at most 120 on Fargate).",
			Silent: "For Fluentd, which retries for 72 hours; for outputs that go to no network (null, stdout, file); for s3, which counts its own retries; where retry_limit is a number or no_limits; where stopTimeout is absent and the grace the default. Unknown where a file does " +
				"not tell them.",
			Sources: []string{
				"fluent/fluent-bit src/flb_output.c (retry_limit)", "fluent/fluent-bit src/flb_config.c (Grace)", srcContainer,
				"aws/aws-for-fluent-bit troubleshooting/debugging.md (log loss)", "https://github.com/aws/containers-roadmap/issues/579",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			router := d.theRouter()
			if router == nil || router.FirelensConfiguration.Type != fluentBit {
				return nil
			}
			found := d.cutShort(router)
			for i := range d.Task.ContainerDefinitions {
				if o, ok := outputOf(router, &d.Task.ContainerDefinitions[i]); ok && !fillIn(o.plugin) && !o.isOneOf(unretried) {
					found = append(found, d.givesUp(o)...)
				}
			}
			return found
		}),
	}
}

// unretried are the outputs that have nothing to retry, or retry by a count of their own (fluent/fluent-bit plugins/out_s3).
var unretried = []string{"null", "stdout", "file", "counter", "s3"}

func (d Definition) givesUp(o output) []Finding {
	limit := o.option("retry_limit")
	field := "logConfiguration.options.retry_limit"
	if reference(limit) || templated(limit) {
		return d.unknown("FL510", Path(str(o.client.Name), field), "retry_limit is a placeholder")
	}
	if limit != "" && !strings.EqualFold(limit, "no_retries") {
		return nil
	}
	if path, why := d.hiddenOption(o.client, func(key string) bool { return sameFold(key, "retry_limit") }); why != "" {
		return d.unknown("FL510", path, why)
	}
	why := "has no retry_limit, so Fluent Bit drops records after one retry"
	if limit != "" {
		why = "is told not to retry, so Fluent Bit drops records that it cannot send at once"
	}
	return []Finding{d.finding("FL510", Low, Path(str(o.client.Name), field), fmt.Sprintf("the %s output of container %s %s", o.plugin, str(o.client.Name), why))}
}

// cutShort are the findings of a router that is killed within its grace.
func (d Definition) cutShort(router *types.ContainerDefinition) []Finding {
	if router.StopTimeout == nil && router.FirelensConfiguration.Options["config-file-value"] == "" && len(router.Environment) == 0 {
		return nil
	}
	grace, stop := usualGrace.Duration, usualStop.Duration
	if router.StopTimeout != nil {
		stop = time.Duration(*router.StopTimeout) * time.Second
	}
	files := configurations(*router)
	switch {
	case ownStart(router) || len(files) > 1 || len(files) == 1 && (builtIn[files[0]] == "" || mountedOver(*router, files[0])):
		return nil // the grace may be any
	case slices.Contains(files, longGraceFile):
		grace = longGrace.Duration
	}
	if stop > grace {
		return nil
	}
	if unknown := d.unknownAt("FL510", router, "stopTimeout"); unknown != nil {
		return unknown
	}
	f := d.finding("FL510", Medium, Path(str(router.Name), "stopTimeout"), fmt.Sprintf(
		"router %s is killed after %d seconds, within the %d in which Fluent Bit sends what it still holds", str(router.Name), int(stop.Seconds()), int(grace.Seconds())))
	if router.StopTimeout == nil {
		f.Evidence = []string{"stopTimeout is absent, which means 30 seconds (on EC2, what the agent's ECS_CONTAINER_STOP_TIMEOUT says)"}
	}
	return []Finding{f}
}
