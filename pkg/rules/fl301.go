package rules

import (
	"fmt"
	"regexp"
)

func fl301() Rule {
	return Rule{
		ID:       "FL301",
		Title:    "FireLens in a task for Windows",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A definition with a router or with a container that logs with awsfirelens asks for Windows: by the operating system family of its runtimePlatform, or by a placement constraint on ecs.os-type or ecs.os-family.",
			Why: "AWS: \"Windows containers don't support FireLens\". The agent for Windows is built without it, so a task that is placed there never gets its router's configuration, and the deployment waits for tasks " +
				"that cannot run. Whether ECS refuses the definition is not documented.",
			Fix:    "None: log with awslogs or splunk on Windows, or run a log collector of your own.",
			Silent: "For Linux, and where nothing names an operating system; without FireLens. Unknown where a file does not tell the runtime platform.",
			Before: `"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, with a firelensConfiguration in a container`,
			After:  `{"name": "app", "logConfiguration": {"logDriver": "awslogs"}}, and no firelensConfiguration`,
			Sources: []string{
				srcGuide, "https://github.com/aws/containers-roadmap/issues/1875",
				"aws/amazon-ecs-agent agent/taskresource/firelens/firelens_unimplemented.go (no FireLens in the build for Windows)",
			},
		},
		Check: onDefinition(firelensOnWindows),
	}
}

// windowsOnly matches a placement constraint that asks for Windows instances: attribute:ecs.os-type == windows.
var windowsOnly = regexp.MustCompile(`(?i)ecs\.os-(type|family)\s*(==|=~)\s*windows`)

func firelensOnWindows(d Definition, _ Params) []Finding {
	const family = "runtimePlatform.operatingSystemFamily"
	switch {
	case !d.firelens():
		return nil
	case d.Windows():
		return []Finding{d.finding("FL301", High, family, fmt.Sprintf("FireLens does not run on Windows (operating system family %s)", d.Task.RuntimePlatform.OperatingSystemFamily))}
	}
	for _, p := range d.Task.PlacementConstraints {
		if windowsOnly.MatchString(str(p.Expression)) {
			return []Finding{d.finding("FL301", High, "placementConstraints", "FireLens does not run on Windows, and a placement constraint asks for Windows instances")}
		}
	}
	if why := d.Why(family); why != "" {
		return d.unknown("FL301", family, why)
	}
	return nil
}

// firelens says whether a definition has a router, or a container that logs through one.
func (d Definition) firelens() bool {
	for i := range d.Task.ContainerDefinitions {
		if c := &d.Task.ContainerDefinitions[i]; isRouter(c) || usesFirelens(c) {
			return true
		}
	}
	return false
}
