package rules

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// mainSource is the main file that the router is told to read instead of the generated one, none where it reads that.
func (d Definition) mainSource(r types.ContainerDefinition) []ConfigSource {
	s := ConfigSource{From: FromCommand, By: "command", Replaces: true}
	file, unknown := mainFile(r)
	for _, field := range []string{"entryPoint", "command"} {
		if why := d.Why(Path(str(r.Name), field)); why != "" {
			file, unknown = "", why
		}
	}
	if conf := variable(r, "FLUENTD_CONF"); dirOf(r) == fluentdDir && conf != "" && file == "" && unknown == "" {
		s.From, s.By, file = FromVariable, "FLUENTD_CONF", fluentdDir+conf
	}
	switch {
	case unknown != "":
		s.Unknown = unknown
	case file == "" || file == generated || file == generatedD:
		return nil
	default:
		s.Name, s.At = file, path.Clean("/"+file)
	}
	return []ConfigSource{s}
}

func variable(r types.ContainerDefinition, name string) string {
	for _, v := range r.Environment {
		if str(v.Name) == name {
			return str(v.Value)
		}
	}
	return ""
}

// mainFile is what -c names in a router's entry point and command, "" where the router has neither; unknown says why that is
// not told.
func mainFile(r types.ContainerDefinition) (file, unknown string) {
	words := strings.Fields(strings.Join(slices.Concat(r.EntryPoint, r.Command), " ")) // a shell's string is one element
	if len(words) == 0 {
		return "", ""
	}
	starts := slices.IndexFunc(words, func(w string) bool {
		return slices.Contains([]string{"fluent-bit", "fluentd", "td-agent", "td-agent-bit"}, path.Base(w))
	})
	if starts < 0 && !strings.HasPrefix(words[0], "-") { // else they are arguments to the image's entry point
		return "", fmt.Sprintf("router %s has an entry point or command that does not tell which configuration file it reads", str(r.Name))
	}
	for i, w := range words[starts+1:] {
		rest := words[starts+1+i+1:]
		switch value, long := strings.CutPrefix(w, "--config="); {
		case long:
			file = value
		case (w == "-c" || w == "--config") && len(rest) > 0:
			file = rest[0]
		}
	}
	if file = strings.Trim(file, `"'`); file == "" || strings.ContainsAny(file, "$`*") {
		return "", fmt.Sprintf("router %s has an entry point or command that names no configuration file", str(r.Name))
	}
	return file, ""
}
