package ecsfake

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// maxBytes is the limit of a definition's size.
const maxBytes = 65536

// validate refuses what RegisterTaskDefinition refuses, in its words where a source has them.
func validate(in *ecs.RegisterTaskDefinitionInput) error {
	checks := []func(*ecs.RegisterTaskDefinitionInput) error{
		checkFamily, checkTags, checkSize, checkContainers, checkFirelens, checkFargate, checkOrder, checkPorts,
	}
	for _, check := range checks {
		if err := check(in); err != nil {
			return err
		}
	}
	return nil
}

func checkFamily(in *ecs.RegisterTaskDefinitionInput) error {
	switch {
	case str(in.Family) == "":
		return client("Family should not be null or empty.")
	case !familyForm.MatchString(*in.Family):
		return client("Family contains invalid characters.")
	}
	return nil
}

func checkTags(in *ecs.RegisterTaskDefinitionInput) error {
	seen := map[string]bool{}
	for _, t := range in.Tags {
		key := str(t.Key)
		switch {
		case key == "" || len(key) > 128 || len(str(t.Value)) > 256:
			return invalid("Invalid tag: keys have 1 to 128 characters, values at most 256.")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return invalid("Tag keys cannot start with 'aws:': it is reserved for system use.")
		case seen[key]:
			return invalid("Duplicate tag keys found. Please note that Tag keys are case sensitive.")
		}
		seen[key] = true
	}
	if len(in.Tags) > 50 {
		return invalid("The number of tags exceeds the limit of 50.")
	}
	return nil
}

func checkSize(in *ecs.RegisterTaskDefinitionInput) error {
	text, err := wire(context.Background(), in)
	if err != nil {
		return err
	}
	if len(text) > maxBytes {
		return client("Actual length: '%d'. Max allowed length is '%d' bytes.", len(text), maxBytes)
	}
	return nil
}

func checkContainers(in *ecs.RegisterTaskDefinitionInput) error {
	if len(in.ContainerDefinitions) == 0 {
		return client("Container list cannot be empty.")
	}
	seen, essential := map[string]bool{}, false
	for _, c := range in.ContainerDefinitions {
		switch {
		case str(c.Name) == "":
			return client("Container.name should not be null or empty.")
		case str(c.Image) == "":
			return client("Container.image should not be null or empty.")
		case seen[*c.Name]:
			return client("Container names must be unique: '%s'.", *c.Name)
		case c.Memory == nil && c.MemoryReservation == nil && in.Memory == nil:
			return client("Invalid setting for container '%s'. At least one of 'memory' or 'memoryReservation' must be specified.", *c.Name)
		}
		seen[*c.Name] = true
		essential = essential || isEssential(c)
	}
	if !essential {
		return client("All tasks must have at least one essential container.")
	}
	return nil
}

func isEssential(c types.ContainerDefinition) bool { return c.Essential == nil || *c.Essential }

func checkFargate(in *ecs.RegisterTaskDefinitionInput) error {
	if !slices.Contains(in.RequiresCompatibilities, types.CompatibilityFargate) {
		return nil
	}
	switch {
	case in.NetworkMode != types.NetworkModeAwsvpc:
		return client("Fargate only supports network mode ‘awsvpc’.")
	case in.Cpu == nil:
		return client("Fargate requires that 'cpu' be defined at the task level.")
	case in.Memory == nil:
		return client("Fargate requires that 'memory' be defined at the task level.")
	}
	return nil
}

// checkFirelens has the messages of turnerlabs/fargate#60, aws/amazon-cloudwatch-logs-for-fluent-bit#20, aws/aws-cli#7147 and
// aws-samples/amazon-ecs-firelens-examples#83.
func checkFirelens(in *ecs.RegisterTaskDefinitionInput) error {
	router, user := false, false
	for _, c := range in.ContainerDefinitions {
		if err := checkDriver(c); err != nil {
			return err
		}
		router = router || c.FirelensConfiguration != nil
		user = user || c.LogConfiguration != nil && c.LogConfiguration.LogDriver == types.LogDriverAwsfirelens
	}
	switch {
	case user && !router:
		return client("When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.")
	case router && !user:
		return client("When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.")
	}
	return nil
}

func checkDriver(c types.ContainerDefinition) error {
	if f := c.FirelensConfiguration; f != nil {
		if !slices.Contains(f.Type.Values(), f.Type) {
			return client("firelensConfiguration.type should be one of [fluentd, fluentbit].")
		}
		if f.Options["config-file-type"] == "s3" && !strings.HasPrefix(f.Options["config-file-value"], "arn:") {
			return client("Invalid arn syntax.")
		}
	}
	if l := c.LogConfiguration; l != nil && l.LogDriver == types.LogDriverAwslogs {
		for _, option := range sortedKeys(l.Options) {
			if !strings.HasPrefix(option, "awslogs-") && option != "mode" && option != "max-buffer-size" {
				return client("Log driver awslogs disallows options: %s", option)
			}
		}
	}
	return nil
}
