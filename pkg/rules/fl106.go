package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl106() Rule {
	return Rule{
		ID:       "FL106",
		Title:    "A custom configuration opens its own forward listener beyond loopback",
		Severity: Medium,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A configuration file of the router's own has a forward input over TCP (for Fluentd: a forward source, which answers on UDP too) whose address is not loopback. Fluent Bit " +
				"and Fluentd listen on 0.0.0.0 where none is given. AWS: in bridge and awsvpc mode, \"don't set a Fluentd or Fluent Bit forward input over TCP because FireLens adds it\".",
			Why: "In awsvpc the listener that ECS generates is on loopback, and in host mode there is none: such a file is what makes an open entry for 24224 in a security group real, and whoever " +
				"reaches it can inject log records under any tag. Beside the generated listener, on the same port, it may keep the router from starting at all. Severity is high in awsvpc and host " +
				"mode, where the group alone stands between, medium in bridge mode, where a port mapping must be added, and where the input asks for a shared key.",
			Fix: "None: the file belongs to an image, a bucket or a volume. Remove the input, or give it Listen 127.0.0.1 (Fluentd: bind 127.0.0.1), or unix_path /var/run/fluent.sock where it is " +
				"to receive what the containers print.",
			Silent: "For loopback addresses and Unix sockets; for other inputs; in network mode none; where no configuration file was read; with no router, or more than one. Unknown where an address is a variable that the definition " +
				"does not tell, or a host name, and where a file or an include could not be read.",
			Before:  "[INPUT]\n    Name   forward\n    Listen 0.0.0.0\n    Port   24224",
			After:   "[INPUT]\n    Name      forward\n    unix_path /var/run/fluent.sock",
			Sources: []string{srcTaskDef, "https://docs.fluentbit.io/manual/pipeline/inputs/forward", "https://docs.fluentd.org/input/forward", srcFLBForward, srcFluentd, srcAgentConf},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			if d.Config == nil || d.NetworkMode() == types.NetworkModeNone {
				return nil
			}
			router, ok := d.Router()
			if !ok {
				return nil
			}
			return append(d.forwardListeners(str(router.Name)), d.unreadListeners(str(router.Name))...)
		}),
	}
}

// forwardListeners are the findings of the forward inputs that listen beyond loopback.
func (d Definition) forwardListeners(router string) []Finding {
	var found []Finding
	for _, l := range d.Config.Listeners() {
		if l.Plugin != "forward" || l.Reach() != Beyond {
			continue
		}
		severity, evidence := d.exposure(l)
		at := l.Endpoint()
		f := d.finding("FL106", severity, Path(router, "firelensConfiguration.forward["+at+"]"), fmt.Sprintf(
			"the configuration of router %s opens a forward listener of its own on %s (%s)", router, at, l.Section.Place))
		f.Evidence = append([]string{fmt.Sprintf("%s: a forward %s over %s", d.Config.where(l.Section.Place), l.Section.Kind, strings.Join(l.Transports, " and "))}, evidence...)
		found = append(found, f)
	}
	return found
}

// exposure is how severe a listener is, and what says so.
func (d Definition) exposure(l ConfigListener) (Severity, []string) {
	evidence := d.effects()
	mode := d.NetworkMode()
	adds := mode == types.NetworkModeAwsvpc || mode == types.NetworkModeBridge
	if l.Port == Port && d.replaced() == "" && adds {
		evidence = append(evidence, fmt.Sprintf("the configuration that ECS generates listens on %d too: unless the image replaces it, the two may keep each other from starting", Port))
	}
	if hasSharedKey(l.Section) {
		return Medium, append(evidence, "it asks for a shared key")
	}
	if mode == types.NetworkModeAwsvpc || mode == types.NetworkModeHost {
		return High, append(evidence, fmt.Sprintf("network mode %s: no port mapping is needed to reach it", mode))
	}
	return Medium, evidence
}

// hasSharedKey says whether a forward input asks who sends.
func hasSharedKey(s ConfigSection) bool {
	_, ok := s.Option("shared_key")
	return ok || slices.ContainsFunc(s.Sections, func(in ConfigSection) bool { return in.Kind == "security" && hasSharedKey(in) })
}

// unreadListeners is the finding that says what could hold a forward listener and is not known, nil where all is.
func (d Definition) unreadListeners(router string) []Finding {
	var why []string
	for _, g := range d.Config.Unknown {
		if g.Kind == "" || slices.Contains(inputKinds, g.Kind) {
			why = append(why, g.String())
		}
	}
	for _, l := range d.Config.Listeners() {
		switch {
		case l.Plugin != "forward" || l.Reach() != Unsure:
		case l.Unknown != "":
			why = append(why, l.Section.Place.String()+": the address of a forward "+l.Section.Kind+" is not known: "+l.Unknown)
		case fillIn(l.Address):
			why = append(why, l.Section.Place.String()+": the address of a forward "+l.Section.Kind+" is still to be filled in")
		default:
			why = append(why, l.Section.Place.String()+": the address of a forward "+l.Section.Kind+" is a host name")
		}
	}
	if len(why) == 0 {
		return nil
	}
	found := d.unknown("FL106", Path(router, "firelensConfiguration.forward"), "whether the configuration opens a forward listener: "+why[0])
	found[0].Evidence = some(why)
	return found
}
