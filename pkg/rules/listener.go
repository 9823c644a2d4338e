package rules

import (
	"fmt"
	"regexp"
)

// awsImage matches AWS's own router image wherever it is hosted: ECR public, the Regional registries, a pull-through cache.
var awsImage = regexp.MustCompile(`(^|/)aws-for-fluent-bit(:|@|$)`)

// Name is family:revision, or the family where there is no revision.
func (d Definition) Name() string {
	if d.Task.Revision == 0 {
		return str(d.Task.Family)
	}
	return fmt.Sprintf("%s:%d", str(d.Task.Family), d.Task.Revision)
}

// OwnListener says why a router may listen beyond the address that ECS generates: a custom configuration, an entry point or
// command of its own, or an image that is not AWS's. It is "" where nothing in the definition says so.
func (d Definition) OwnListener() string {
	for _, r := range d.Routers() {
		switch {
		case r.FirelensConfiguration.Options["config-file-value"] != "":
			return fmt.Sprintf("router %s has a custom configuration file, which may open its own listener", str(r.Name))
		case len(r.EntryPoint) > 0 || len(r.Command) > 0:
			return fmt.Sprintf("router %s has an entry point or command of its own, which may replace the generated configuration", str(r.Name))
		case !awsImage.MatchString(str(r.Image)):
			return fmt.Sprintf("router %s runs an image that is not AWS's, which may open its own listener", str(r.Name))
		}
	}
	return ""
}
