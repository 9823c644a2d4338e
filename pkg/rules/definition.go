package rules

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Definition is a task definition as ECS describes it, or as a file tells it.
type Definition struct {
	// Task is the SDK's own type, so that a corrected revision loses nothing.
	Task types.TaskDefinition
	// Tags are the definition's tags (describe with include=TAGS).
	Tags []types.Tag
	// Unknown holds the paths that the source cannot tell, with the reason: "networkMode", "containerDefinitions[app].dependsOn".
	// A path covers all below it. Empty for live definitions.
	Unknown map[string]string
	// Deployed are the unknown paths whose value is filled in at deployment: what stands there meanwhile, "${Name}", is no variable of the
	// router's. Empty for live definitions.
	Deployed map[string]bool
	// Bindings are the places where services name a container and port of this family. Filled in live audits.
	Bindings []Binding
	// Published are the places where running bridge tasks publish the router's port now. Filled in live audits.
	Published []Publication
	// Config is what the router's own configuration files say; nil where none was read.
	Config *RouterConfig
	// Roles are what IAM says of the two roles; nil where it was not asked.
	Roles *RolePermissions
}

// Binding is a service that names a container and port: a load balancer, a service registry or Service Connect.
type Binding struct {
	Service string `json:"service"` // cluster/name
	By      string `json:"by"`      // "load balancer", "service registry", "Service Connect"
	// Container is empty where the binding names a port mapping only (Service Connect).
	Container string `json:"container,omitempty"`
	Port      int32  `json:"port,omitempty"`
	PortName  string `json:"portName,omitempty"`
}

// Publication is a port of an instance on which a running bridge task publishes 24224 of a container.
type Publication struct {
	Task      string `json:"task"` // its id
	Container string `json:"container"`
	HostPort  string `json:"hostPort"` // "32768", or a range: "32768-33768"
}

// Kind is KindDefinition.
func (d Definition) Kind() Kind { return KindDefinition }

// Ref is "task-definition/" and the family, without a revision. A family that a file does not tell is empty.
func (d Definition) Ref() string { return string(KindDefinition) + "/" + str(d.Task.Family) }

// Why returns the reason for which a path is unknown, or "" where it is known. A path is unknown too where one above it is.
func (d Definition) Why(path string) string {
	best, reason := -1, ""
	for p, why := range d.Unknown {
		covers := path == p || strings.HasPrefix(path, p+".") || strings.HasPrefix(path, p+"[")
		if covers && len(p) > best { // the nearest, whatever the map's order
			best, reason = len(p), why
		}
	}
	return reason
}

// NetworkMode is the effective network mode: an absent one is awsvpc where Fargate is required, else bridge (ECS's default on
// Linux). It returns "" where a file cannot tell.
func (d Definition) NetworkMode() types.NetworkMode {
	switch {
	case d.Why("networkMode") != "":
		return ""
	case d.Task.NetworkMode != "":
		return d.Task.NetworkMode
	case slices.Contains(d.Task.RequiresCompatibilities, types.CompatibilityFargate):
		return types.NetworkModeAwsvpc
	case d.Windows():
		return "default"
	}
	return types.NetworkModeBridge
}

// modeEvidence says why a definition that names no network mode is judged as bridge.
func (d Definition) modeEvidence() []string {
	if d.Task.NetworkMode == "" {
		return []string{"networkMode is absent, which ECS takes for bridge"}
	}
	return nil
}

// Windows says whether the definition asks for a Windows operating system family.
func (d Definition) Windows() bool {
	p := d.Task.RuntimePlatform
	return p != nil && strings.HasPrefix(string(p.OperatingSystemFamily), "WINDOWS")
}

// Routers are the containers with a firelensConfiguration. Correct definitions have at most one.
func (d Definition) Routers() []types.ContainerDefinition {
	var found []types.ContainerDefinition
	for _, c := range d.Task.ContainerDefinitions {
		if c.FirelensConfiguration != nil {
			found = append(found, c)
		}
	}
	return found
}

// Router is the one router, and false where there is none or more than one (which FL302 says).
func (d Definition) Router() (types.ContainerDefinition, bool) {
	if r := d.theRouter(); r != nil {
		return *r, true
	}
	return types.ContainerDefinition{}, false
}

// Clients are the containers that log through the router, the router itself apart.
func (d Definition) Clients() []types.ContainerDefinition {
	var found []types.ContainerDefinition
	for _, c := range d.Task.ContainerDefinitions {
		if c.FirelensConfiguration == nil && c.LogConfiguration != nil && c.LogConfiguration.LogDriver == types.LogDriverAwsfirelens {
			found = append(found, c)
		}
	}
	return found
}

// Container returns the container of that name.
func (d Definition) Container(name string) (types.ContainerDefinition, bool) {
	for _, c := range d.Task.ContainerDefinitions {
		if str(c.Name) == name {
			return c, true
		}
	}
	return types.ContainerDefinition{}, false
}

// LogOptions are the log options of the container of that name; nil where it has none.
func (d Definition) LogOptions(name string) map[string]string {
	c, ok := d.Container(name)
	if !ok || c.LogConfiguration == nil {
		return nil
	}
	return c.LogConfiguration.Options
}

// BoundBy returns the bindings that name this container's mapping.
func (d Definition) BoundBy(c types.ContainerDefinition, m types.PortMapping) []Binding {
	var found []Binding
	for _, b := range d.Bindings {
		named := b.PortName != "" && b.PortName == str(m.Name)
		ported := b.Container == str(c.Name) && coversPort(m, b.Port)
		if named || ported {
			found = append(found, b)
		}
	}
	return found
}

// Serving are the containers, routers apart, that map a container port.
func (d Definition) Serving(port int32) []string {
	var names []string
	for _, c := range d.Task.ContainerDefinitions {
		serves := func(m types.PortMapping) bool { return coversPort(m, port) }
		if c.FirelensConfiguration == nil && slices.ContainsFunc(c.PortMappings, serves) {
			names = append(names, str(c.Name))
		}
	}
	return names
}

// With returns a copy in which change was applied to a copy of each container. The change replaces slices and maps, never
// writes into them: those it leaves alone are shared with the original.
func (d Definition) With(change func(*types.ContainerDefinition)) Definition {
	d.Task.ContainerDefinitions = slices.Clone(d.Task.ContainerDefinitions)
	for i := range d.Task.ContainerDefinitions {
		change(&d.Task.ContainerDefinitions[i])
	}
	d.Unknown = maps.Clone(d.Unknown)
	return d
}

// Path returns the path of a container's field, by the container's name.
func Path(container, field string) string {
	return "containerDefinitions[" + container + "]." + field
}

// MappingKey names a port mapping within its container: container port or range, and protocol: "24224/tcp", "24000-25000/udp".
func MappingKey(m types.PortMapping) string {
	port := str(m.ContainerPortRange)
	if m.ContainerPort != nil {
		port = strconv.Itoa(int(*m.ContainerPort))
	}
	if m.Protocol == "" {
		return port + "/tcp"
	}
	return port + "/" + string(m.Protocol)
}

// finding fills what all findings of a definition share.
func (d Definition) finding(rule string, sev Severity, path, message string) Finding {
	return Finding{Rule: rule, Severity: sev, Status: Noncompliant, Resource: d.Ref(), Path: path, Message: message}
}

// unknown is the finding of a rule that cannot judge.
func (d Definition) unknown(rule, path, why string) []Finding {
	f := d.finding(rule, Info, path, "cannot tell: "+why)
	f.Status = Unknown
	return []Finding{f}
}

func str(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
