package rules

import "time"

const srcAgentOptions = "aws/amazon-ecs-agent agent/api/task/task.go collectFirelensLogOptions and agent/taskresource/firelens/firelensconfig_unix.go addOutputSection"

// consumedOptions are the log options that ECS reads itself. All others go to the output plugin as they are.
var consumedOptions = []struct{ key, means, source string }{
	{"Name", "the output plugin of Fluent Bit", srcAgentOptions},
	{"@type", "the output plugin of Fluentd", srcAgentOptions},
	{"include-pattern", "keeps only records whose log matches", srcAgentOptions},
	{"exclude-pattern", "drops records whose log matches", srcAgentOptions},
	{"log-driver-buffer-limit", "events that Docker's driver buffers", srcAgentOptions},
}

// consumed says whether ECS reads an option itself. It compares case, as the agent does.
func consumed(key string) bool {
	for i := range consumedOptions {
		if consumedOptions[i].key == key {
			return true
		}
	}
	return false
}

// The times that decide what is lost as a task stops. Fluent Bit waits its grace for records on their way, and is killed when the
// container's stop timeout is over.
var (
	usualGrace = limit{5 * time.Second, "fluent/fluent-bit src/flb_config.c (Grace)"}
	usualStop  = limit{30 * time.Second, srcContainer}
	// longGrace is what the built-in file against log loss sets.
	longGrace = limit{30 * time.Second, "aws/aws-for-fluent-bit configs/minimize-log-loss.conf"}
)

type limit struct {
	time.Duration
	source string
}

// longGraceFile is the configuration in AWS's image that sets longGrace.
const longGraceFile = "/fluent-bit/configs/minimize-log-loss.conf"
