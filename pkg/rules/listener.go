package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// awsImage matches AWS's own router image by its repository: ECR public and Docker Hub, a pull-through cache of either, and the
// accounts from which AWS serves the Regions, whose names may be placeholders. A repository of one's own with that name may hold
// anything.
var awsImage = regexp.MustCompile(`^([^/]+/)*(aws-observability|amazon)/aws-for-fluent-bit(:|@|$)|` +
	`^(906394416424|128054284489|161423150738)\.dkr\.ecr\.([a-z0-9-]+|\$\{[^{}/]*\})\.(amazonaws\.com(\.cn)?|\$\{[^{}/]*\})/aws-for-fluent-bit(:|@|$)`)

// initTag matches the tags of the image whose init process reads further configuration files: init-latest, debug-init-2.33.2.
// A reference by digest alone does not tell.
var initTag = regexp.MustCompile(`:([a-z]+-)*init-|^[^:]*@`)

// The files under /fluent-bit/configs/ that come with AWS's image. None opens a forward listener; some the HTTP server.
const (
	harmless = "harmless"
	withHTTP = "with HTTP server"
)

var builtIn = map[string]string{
	"/fluent-bit/configs/minimize-log-loss.conf":                        harmless,
	"/fluent-bit/configs/multiline-parse-json.conf":                     harmless,
	"/fluent-bit/configs/parse-json.conf":                               harmless,
	"/fluent-bit/configs/parse-multiline-json.conf":                     harmless,
	"/fluent-bit/configs/plugin-metrics-parser.conf":                    harmless,
	"/fluent-bit/configs/output-metrics-healthcheck.conf":               withHTTP,
	"/fluent-bit/configs/parse-json-healthcheck":                        withHTTP,
	"/fluent-bit/configs/plugin-metrics-to-cloudwatch.conf":             withHTTP,
	"/fluent-bit/configs/plugin-and-storage-metrics-to-cloudwatch.conf": withHTTP,
}

// Name is family:revision, or the family where there is no revision.
func (d Definition) Name() string {
	if d.Task.Revision == 0 {
		return str(d.Task.Family)
	}
	return fmt.Sprintf("%s:%d", str(d.Task.Family), d.Task.Revision)
}

// OwnListener says why a router may listen on 24224 beyond the address that ECS generates: a listener in its configuration files,
// or, where not all of them were read, what says that it has a configuration of its own. It is "" where nothing says so.
func (d Definition) OwnListener() string {
	if why := d.writtenListener(); why != "" || d.settled(inputKinds) {
		return why
	}
	return d.ownConfiguration()
}

// writtenListener is what of the router's configuration files listens on 24224 beyond loopback, or may.
func (d Definition) writtenListener() string {
	for _, l := range d.Config.Listeners() {
		switch at := d.Config.where(l.Section.Place); {
		case l.Port != Port && l.Port != 0 || l.Reach() == Local:
		case l.Reach() == Beyond:
			return fmt.Sprintf("its configuration opens a listener of its own on %s (%s)", l.Endpoint(), at)
		default:
			return fmt.Sprintf("its configuration may open a listener of its own: the address of a %s %s is not known (%s)", l.Plugin, l.Section.Kind, at)
		}
	}
	return ""
}

// ownConfiguration says why a router may have a configuration beside or in place of what ECS generates: a configuration file that
// AWS's image does not bring along, an entry point or command of its own, or an image that is not AWS's. It is "" where nothing in
// the definition says so.
func (d Definition) ownConfiguration() string {
	for _, r := range d.Routers() {
		if !awsImage.MatchString(str(r.Image)) && !parseImage(str(r.Image)).hidden() {
			return fmt.Sprintf("router %s runs an image that is not AWS's, which may open its own listener", str(r.Name))
		}
		if len(r.EntryPoint) > 0 || len(r.Command) > 0 {
			return fmt.Sprintf("router %s has an entry point or command of its own, which may replace the generated configuration", str(r.Name))
		}
		for _, file := range configurations(r) {
			if builtIn[file] == "" || mountedOver(r, file) {
				return fmt.Sprintf("router %s has a custom configuration file (%s), which may open its own listener", str(r.Name), file)
			}
		}
	}
	return ""
}

// initFile matches the variables that name files for the init process (aws_fluent_bit_init_s3_1, aws_fluent_bit_init_file_1).
var initFile = regexp.MustCompile(`aws_fluent_bit_init_([sS]3|[fF]ile)`)

// configurations are the files that a router includes beside what ECS generates: paths in the container, or S3 ARNs. A
// config-file-value without its type is ignored by the agent, the init process's variables by an image without it.
func configurations(r types.ContainerDefinition) []string {
	var files []string
	if o := r.FirelensConfiguration.Options; o["config-file-type"] != "" && o["config-file-value"] != "" {
		files = append(files, o["config-file-value"])
	}
	if awsImage.MatchString(str(r.Image)) && !initTag.MatchString(str(r.Image)) {
		return files
	}
	for _, v := range r.Environment {
		if initFile.MatchString(str(v.Name)) {
			files = append(files, str(v.Value))
		}
	}
	for _, s := range r.Secrets {
		if initFile.MatchString(str(s.Name)) {
			files = append(files, str(s.Name)) // the value is a secret
		}
	}
	return files
}

// mountedOver says whether a volume of the router hides a file of its image.
func mountedOver(r types.ContainerDefinition, file string) bool {
	return slices.ContainsFunc(r.MountPoints, func(m types.MountPoint) bool {
		at := strings.TrimSuffix(str(m.ContainerPath), "/")
		return file == at || strings.HasPrefix(file, at+"/")
	})
}
