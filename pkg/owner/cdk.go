package owner

import (
	"strconv"
	"strings"
)

// code is a value that is written as it stands.
type code string

// cdkProps are the props of addContainer and addFirelensLogRouter by the API's path of a member.
var cdkProps = map[string][]string{
	"essential":         {"essential"},
	"memoryReservation": {"memoryReservationMiB"},
	"portMappings":      {"portMappings"},
	"firelensConfiguration.options.enable-ecs-log-metadata": {"firelensConfig", "options", "enableECSLogMetadata"},
}

// cdkEnums are CDK's names of the API's values, by member.
var cdkEnums = map[string]map[string]code{
	"protocol":    {"tcp": "ecs.Protocol.TCP", "udp": "ecs.Protocol.UDP"},
	"appProtocol": {"http": "ecs.AppProtocol.http", "http2": "ecs.AppProtocol.http2", "grpc": "ecs.AppProtocol.grpc"},
	"condition": {
		"START": "ecs.ContainerDependencyCondition.START", "HEALTHY": "ecs.ContainerDependencyCondition.HEALTHY",
		"COMPLETE": "ecs.ContainerDependencyCondition.COMPLETE", "SUCCESS": "ecs.ContainerDependencyCondition.SUCCESS",
	},
}

// cdkDefinition writes dependencies as calls, and other members as props of the call that adds the container.
func cdkDefinition(edits []edit) string {
	return "// In the stack, where taskDefinition is the ecs.TaskDefinition:\n" + each(byContainer(edits), cdkContainer)
}

func cdkContainer(edits []edit) string {
	var calls, remarks string
	var props object
	for _, e := range edits {
		prop, known := cdkProps[strings.Join(e.path, ".")]
		switch {
		case !known:
			calls += cdkDependencies(e)
		case e.value == nil:
			remarks += typescript.remark("  ", "remove: "+prop[len(prop)-1])
		default:
			remarks += typescript.removals(e, "  ")
			props = props.with(prop, cdkValue(prop[len(prop)-1], e.value))
		}
	}
	if props == nil && remarks == "" {
		return calls
	}
	return calls + cdkCall(edits[0]) + remarks + props.block(typescript) + "});\n"
}

// block writes each member in a line of its own, ended as TypeScript takes it.
func (o object) block(l language) string {
	if len(o) == 0 {
		return ""
	}
	return l.lines(o, "  ") + l.between + "\n"
}

// cdkCall is the start of the call that adds a container.
func cdkCall(e edit) string {
	method := "addContainer"
	if e.router {
		method = "addFirelensLogRouter"
	}
	return "taskDefinition." + method + "(" + quote(e.container) + ", {\n  // the other props as they are\n"
}

// cdkDependencies adds the dependencies that come. CDK has no call that takes one away.
func cdkDependencies(e edit) string {
	return typescript.removals(e, "") + each(e.fresh, func(v any) string {
		dependency, _ := v.(map[string]any)
		on, _ := dependency["containerName"].(string)
		args := object{{"container", cdkFind(on)}, {"condition", cdkValue("condition", dependency["condition"])}}
		return string(cdkFind(e.container)) + ".addContainerDependencies(" + typescript.inline(args) + ");\n"
	})
}

func cdkFind(container string) code {
	return code("taskDefinition.findContainer(" + quote(container) + ")!")
}

// cdkValue is a value as CDK takes it: enumerations by their names, and the one option as a boolean.
func cdkValue(name string, v any) any {
	switch v := v.(type) {
	case []any:
		var all []any
		for _, e := range v {
			all = append(all, cdkValue("", e))
		}
		return all
	case map[string]any:
		o := ordered(v)
		for i, m := range o {
			o[i].value = cdkValue(m.name, m.value)
		}
		return o
	case string:
		if enum, ok := cdkEnums[name][v]; ok {
			return enum
		}
		if flag, err := strconv.ParseBool(v); err == nil && name == "enableECSLogMetadata" {
			return flag
		}
	}
	return v
}
