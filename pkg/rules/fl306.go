package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl306() Rule {
	return Rule{
		ID:       "FL306",
		Title:    "A configuration file in S3 that ECS cannot load",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "config-file-type is s3 in a definition that requires Fargate, or with a config-file-value that is not the full ARN of an object; or it is file, with an ARN or an s3:// address as value.",
			Why: "AWS: \"Tasks hosted on AWS Fargate only support the file configuration file type\": no task starts (\"One or more of the requested capabilities are not supported\"). A value such as " +
				"s3://bucket/key is refused as the definition is registered (\"Invalid arn syntax\"). With type file, the router looks for a path of that name in its image and stops. Severity is medium where the " +
				"definition requires EC2 or external instances as well: there, it works.",
			Fix: "None. On Fargate, build the file into the image, mount it, or use the init image of AWS with aws_fluent_bit_init_s3_1. Elsewhere the value is arn:aws:s3:::BUCKET/KEY (with aws-cn or " +
				"aws-us-gov where that is the partition).",
			Silent: "For type file with a path; on EC2 and external instances with an ARN, and where no compatibility is named. Whether the object exists is not asked (FL403 and FL404 ask for the role). Unknown where a " +
				"file does not tell the compatibilities or the value.",
			Before: `"options": {"config-file-type": "s3", "config-file-value": "s3://shop-config/extra.conf"}`,
			After:  `"options": {"config-file-type": "s3", "config-file-value": "arn:aws:s3:::shop-config/extra.conf"}`,
			Sources: []string{
				srcTaskDef, srcFirelens, "https://github.com/aws-samples/amazon-ecs-firelens-examples/issues/32", "https://github.com/aws/aws-cli/issues/7147",
				"aws/amazon-ecs-agent agent/s3 (form of the ARN)",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if c := &d.Task.ContainerDefinitions[i]; isRouter(c) && len(c.FirelensConfiguration.Options) > 0 {
					found = append(found, d.remoteFile(c)...)
				}
			}
			return found
		}),
	}
}

// objectARN matches the ARN of an S3 object, as the agent and the init process read it.
var objectARN = regexp.MustCompile(`^arn:[^:]+:s3:::[^/]+/.+$`)

// hole matches what will be filled in: a variable or a placeholder, whatever is in it.
var hole = regexp.MustCompile(`\$\{[^}]*\}|\{\{.*?\}\}|\$\$\$[^$]+\$\$\$|<[^<>]+>`)

// namesObject says whether a value is the ARN of an object, whatever its variables and placeholders stand for.
func namesObject(value string) bool {
	return objectARN.MatchString(value) || fillIn(value) && objectARN.MatchString(hole.ReplaceAllString(value, "x"))
}

// remote says whether a value is an address, not a path in a container.
func remote(value string) bool {
	scheme, _, found := strings.Cut(strings.ToLower(value), ":")
	return found && slices.Contains([]string{"arn", "s3", "http", "https"}, scheme)
}

func (d Definition) remoteFile(c *types.ContainerDefinition) []Finding {
	options := c.FirelensConfiguration.Options
	at := func(key string) string { return Path(str(c.Name), "firelensConfiguration.options."+key) }
	switch options[configType] {
	case "s3":
		return append(d.onFargate(c, at(configType)), d.noARN(c, at(configValue))...)
	case "file":
		if remote(options[configValue]) {
			return []Finding{d.finding("FL306", High, at(configValue), fmt.Sprintf("router %s looks for a file of its own, and the value is an address: config-file-type must be s3", str(c.Name)))}
		}
	}
	return nil
}

func (d Definition) onFargate(c *types.ContainerDefinition, path string) []Finding {
	if why := d.Why("requiresCompatibilities"); why != "" {
		return d.unknown("FL306", path, why)
	}
	if !slices.Contains(d.Task.RequiresCompatibilities, types.CompatibilityFargate) {
		return nil
	}
	f := d.finding("FL306", High, path, fmt.Sprintf("router %s loads its configuration file from S3, which Fargate does not support", str(c.Name)))
	if d.onInstances() {
		f.Severity, f.Evidence = Medium, []string{"the definition requires instances as well, on which it is supported"}
	}
	return []Finding{f}
}

func (d Definition) noARN(c *types.ContainerDefinition, path string) []Finding {
	value := c.FirelensConfiguration.Options[configValue]
	switch {
	case value == "": // FL305 says that it is missing, or unknown
		return nil
	case namesObject(value):
		return nil
	case fillIn(value) && (strings.HasPrefix(value, "arn:") || !remote(value)):
		why := d.Why(path)
		if why == "" {
			why = "the value holds a variable"
		}
		return d.unknown("FL306", path, why)
	}
	return []Finding{d.finding("FL306", High, path, fmt.Sprintf("the configuration file of router %s is not named by the ARN of an S3 object: ECS refuses to register it", str(c.Name)))}
}
