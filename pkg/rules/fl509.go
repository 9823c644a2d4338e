package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl509() Rule {
	return Rule{
		ID:       "FL509",
		Title:    "A health check that cannot work on this router",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The router's health check starts with neither CMD nor CMD-SHELL; or it calls a program that the image does not have (wget on AWS's image, nc on its 3.x line, curl on 3.0.0, any of them and the shell on " +
				"fluent/fluent-bit); or it asks port 8877, which ECS opens for Fluent Bit in awsvpc and bridge mode only; or port 2020, where nothing in the definition switches the HTTP server on.",
			Why: "Such a check fails from the first time on: after its retries the router is unhealthy, an essential one makes the task unhealthy, and a service replaces the task, for ever. A container that waits for the " +
				"router to be HEALTHY never starts. The move from 2.x to 3.x brings this about where the check pipes to nc. Severity is medium for nc on 3.x, which the image's build files do not install, and for port " +
				"8877 on an image of one's own, which may open it.",
			Fix: "None: which check is right depends on the image and the configuration. On AWS's image from 3.0.1 on: CMD-SHELL, \"curl -f http://127.0.0.1:2020/api/v1/uptime || exit 1\" with the built-in " +
				"/fluent-bit/configs/output-metrics-healthcheck.conf; or none.",
			Silent: "Where the check has another program to fall back on; for images of one's own, but for the first word and port 8877; for ports, where a configuration file, entry point or command may open them. " +
				"Unknown where a file does not tell the image, or the network mode on which the port hangs.",
			Sources: []string{
				srcHealthCheck, srcAgentConf, srcBuiltIn, "aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/health-check/README.md",
				"https://github.com/aws/aws-for-fluent-bit/issues/462", "https://github.com/aws/aws-for-fluent-bit/pull/1037", "https://github.com/fluent/fluent-bit-docker-image/issues/34",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				c := &d.Task.ContainerDefinitions[i]
				if isRouter(c) && c.HealthCheck != nil && len(c.HealthCheck.Command) > 0 && c.HealthCheck.Command[0] != "NONE" {
					found = append(found, d.unhealthy(c)...)
				}
			}
			return found
		}),
	}
}

// unhealthy is what keeps a health check from working: one finding, without a word of the command, which may hold a secret.
func (d Definition) unhealthy(router *types.ContainerDefinition) []Finding {
	path := Path(str(router.Name), "healthCheck.command")
	say := func(severity Severity, why string) []Finding {
		return []Finding{d.finding("FL509", severity, path, fmt.Sprintf("the health check of router %s cannot succeed: %s", str(router.Name), why))}
	}
	if unknown := d.unknownAt("FL509", router, "healthCheck.command"); unknown != nil {
		return unknown
	}
	kind := router.HealthCheck.Command[0]
	if kind != "CMD" && kind != "CMD-SHELL" {
		return say(High, "it starts with neither CMD nor CMD-SHELL")
	}
	words := commandWords(router.HealthCheck.Command)
	i := parseImage(str(router.Image))
	if why := d.whyAt(router, "image"); why != "" && i.hidden() && slices.ContainsFunc(probes, func(p string) bool { return slices.Contains(words, p) }) {
		return d.unknown("FL509", path, why)
	}
	if program, severity := missing(i, words); program != "" {
		return say(severity, "its image has no "+program)
	}
	switch {
	case slices.Contains(words, "8877") && !d.mayOpen(router):
		return d.unasked(router, say)
	case slices.Contains(words, "2020") && i.fromAWS() && !d.mayServe(router):
		return say(High, "nothing in the definition switches on the HTTP server on port 2020")
	}
	return nil
}

// unasked are the findings of a check on port 8877, which ECS opens for some routers.
func (d Definition) unasked(router *types.ContainerDefinition, say func(Severity, string) []Finding) []Finding {
	severity := Medium // an image of one's own may open the port by itself
	if parseImage(str(router.Image)).fromAWS() {
		severity = High
	}
	if router.FirelensConfiguration.Type != fluentBit {
		return say(severity, "ECS opens port 8877 for Fluent Bit only")
	}
	switch mode := d.NetworkMode(); mode {
	case types.NetworkModeHost, types.NetworkModeNone:
		return say(severity, fmt.Sprintf("ECS does not open port 8877 in %s mode", mode))
	case "":
		return d.unknown("FL509", "networkMode", d.Why("networkMode"))
	}
	return nil
}

// mayOpen says whether the router may open ports that ECS does not: by a configuration file that is not built in, or its start.
func (d Definition) mayOpen(router *types.ContainerDefinition) bool {
	if ownStart(router) || d.whyAt(router, "firelensConfiguration") != "" || d.whyAt(router, "environment") != "" {
		return true
	}
	return slices.ContainsFunc(configurations(*router), func(file string) bool { return builtIn[file] == "" || mountedOver(*router, file) })
}

// mayServe says whether a router of AWS's image has an HTTP server on 2020, or may have one.
func (d Definition) mayServe(router *types.ContainerDefinition) bool {
	return d.mayOpen(router) || router.FirelensConfiguration.Type != fluentBit ||
		slices.ContainsFunc(configurations(*router), func(file string) bool { return builtIn[file] == withHTTP })
}

// probes are the programs that health checks call.
var probes = []string{"curl", "wget", "nc"}

// missing is the program that a health check calls and an image lacks: "" where there is none, or another one that it calls is there.
func missing(i image, words []string) (program string, severity Severity) {
	if lacks(i, "sh") && words[0] == "CMD-SHELL" {
		return "shell", High
	}
	for _, p := range probes {
		switch {
		case !slices.Contains(words, p):
		case !lacks(i, p):
			return "", ""
		case program == "":
			program, severity = p, High
		}
	}
	if program == "nc" && i.fromAWS() {
		severity = Medium
	}
	return program, severity
}

// lacks says whether an image is known to lack a program. Debug images have all of them.
func lacks(i image, program string) bool {
	v, parts := i.version()
	if i.variant("debug") || parts == 0 && i.digest != "" {
		return false
	}
	if parts == 0 && i.fromAWS() {
		v = version{unversionedLine}
	} else if parts < len(v) && v[0] >= 3 { // "3" is the newest of its line
		v[1], v[2] = 1<<30, 1<<30
	}
	for n := range toolless {
		row := &toolless[n]
		if row.lacks == program && row.of(i) && !v.before(row.from) && v.before(row.until) {
			return true
		}
	}
	return false
}

// commandWords are the words of a command, programs without their path and ports without their host.
func commandWords(command []string) []string {
	return strings.FieldsFunc(strings.Join(command, " "), func(r rune) bool {
		return r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
