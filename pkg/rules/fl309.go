package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl309() Rule {
	return Rule{
		ID:       "FL309",
		Title:    "An output that forwards to the router itself",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "In awsvpc or bridge mode a client of a Fluent Bit router has the output forward with a Host that is the router itself (localhost, 127.0.0.1, ::1, 0.0.0.0, or none: 127.0.0.1 is the plugin's default) and Port 24224 " +
				"(or none, likewise), or with the router's own socket as Unix_Path. Or a configuration file of the router has such an output, to a port on which the router has a forward input.",
			Why: "The router listens on that port: it sends each record to itself, takes it in with the same tag, and sends it again. One user: \"logs seem to loop and the sidecar container goes out of memory after " +
				"half a minute\". The snippet is handed on as a remedy for other errors.",
			Fix: "None: name the real destination. To send nothing, leave the options out or use the output null.",
			Silent: "For another host or port: an aggregator takes forward traffic on 24224; with an Upstream file; for Fluentd; in host and none mode, where ECS generates no TCP input and a daemon of the " +
				"instance may listen; for a client where a configuration file that was read takes the place of what ECS generates and does not include that; with no router, or more than one. Unknown where a file does not tell the network mode, the " +
				"host or the port, and the rest fits.",
			Before: `"options": {"Name": "forward", "Host": "127.0.0.1", "Port": "24224"}`,
			After:  `"options": {"Name": "forward", "Host": "aggregator.example.internal", "Port": "24224"}`,
			Sources: []string{
				"https://docs.fluentbit.io/manual/pipeline/outputs/forward", "https://github.com/aws-samples/amazon-ecs-firelens-examples/issues/35",
				"https://github.com/aws-samples/amazon-ecs-firelens-examples/issues/29", "https://github.com/aws/aws-for-fluent-bit/issues/869", srcAgentConf,
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			router := d.theRouter()
			if router == nil || router.FirelensConfiguration.Type != fluentBit {
				return nil
			}
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if o, ok := outputOf(router, &d.Task.ContainerDefinitions[i]); ok && o.is("forward") && d.replaced() == "" {
					found = append(found, d.loop(router, o)...)
				}
			}
			for _, o := range d.ownOutputs(router) {
				if o.is("forward") {
					found = append(found, d.ownLoop(router, o)...)
				}
			}
			return found
		}),
	}
}

const routerSocket = "/var/run/fluent.sock"

// itself are the hosts by which a router reaches itself; "" is the plugin's default.
var itself = []string{"", "localhost", "127.0.0.1", "::1", "[::1]", "0.0.0.0"}

// loop is the finding of a forward output that comes back to the router.
func (d Definition) loop(router *types.ContainerDefinition, o output) []Finding {
	var at, why string
	switch mode := d.NetworkMode(); {
	case o.given("Upstream") || d.whyOption(o.client, "Upstream") != "" || d.whyOption(o.client, "Unix_Path") != "":
		return nil
	case o.given("Unix_Path"):
		if strings.TrimSpace(o.option("Unix_Path")) != routerSocket {
			return nil
		}
		at = optionPath(o.client, o.written("Unix_Path"))
	case mode == types.NetworkModeHost || mode == types.NetworkModeNone:
		return nil
	default:
		if at, why = d.toRouter(o); at != "" && why == "" {
			why = d.Why("networkMode")
		}
	}
	switch {
	case at == "":
		return nil
	case why != "":
		return d.unknown("FL309", at, why)
	}
	return []Finding{d.finding("FL309", High, at, fmt.Sprintf("the logs of container %s are forwarded to router %s itself, which sends them to itself again and again",
		str(o.client.Name), str(router.Name)))}
}

// toRouter is the path of the option by which a forward output over TCP goes to the router, "" where it does not; why is the
// reason for which nobody can tell.
func (d Definition) toRouter(o output) (at, why string) {
	host, port := o.written("Host"), o.written("Port")
	hostWhy, portWhy := d.whyOption(o.client, "Host"), d.whyOption(o.client, "Port")
	hostFits := slices.Contains(itself, strings.ToLower(strings.TrimSpace(o.option("Host"))))
	portFits := slices.Contains([]string{"", "24224"}, strings.TrimSpace(o.option("Port")))
	switch {
	case o.secret("Host") || o.secret("Port"): // who hides a host does not mean his own
		return "", ""
	case !hostFits && hostWhy == "" || !portFits && portWhy == "":
		return "", ""
	case portWhy != "":
		return optionPath(o.client, cmp.Or(port, "Port")), portWhy
	case host == "" && hostWhy == "":
		return optionPath(o.client, outputKey(o.kind)), ""
	}
	return optionPath(o.client, cmp.Or(host, "Host")), hostWhy
}

// ownLoop is the finding of a forward output in the router's configuration files that comes back to the router.
func (d Definition) ownLoop(router *types.ContainerDefinition, o ownPlugin) []Finding {
	var comes bool
	to := "port " + cmp.Or(strings.TrimSpace(o.option("port")), "24224")
	switch host := strings.ToLower(strings.TrimSpace(o.option("host"))); {
	case o.given("upstream"):
		return nil
	case o.given("unix_path"):
		to, comes = routerSocket, strings.TrimSpace(o.option("unix_path")) == routerSocket && d.replaced() == ""
	case o.section.unsure("host", "port"):
		return d.unsureLoop(router, o)
	default:
		comes = slices.Contains(itself, host) && d.takesForward(strings.TrimPrefix(to, "port "))
	}
	if !comes {
		return nil
	}
	f := d.finding("FL309", High, Path(str(router.Name), "firelensConfiguration.output[forward "+to+"]"), fmt.Sprintf(
		"the configuration of router %s forwards to the router itself, on %s (%s), which sends the records to itself again and again", str(router.Name), to, o.place))
	f.Evidence = append([]string{d.Config.where(o.section.Place) + ": an output forward"}, d.effects()...)
	return []Finding{f}
}

// unsureLoop is the finding of a forward output whose host or port is not known, and the other fits.
func (d Definition) unsureLoop(router *types.ContainerDefinition, o ownPlugin) []Finding {
	host, _ := o.section.Option("host")
	port, _ := o.section.Option("port")
	fits := host.Unknown != "" || slices.Contains(itself, strings.ToLower(strings.TrimSpace(host.Value)))
	if !fits || port.Unknown == "" && !d.takesForward(cmp.Or(strings.TrimSpace(port.Value), "24224")) {
		return nil
	}
	why := "whether an output forward in the configuration goes to the router itself: " + cmp.Or(host.Unknown, port.Unknown)
	found := d.unknown("FL309", Path(str(router.Name), "firelensConfiguration.output[forward]"), why)
	found[0].Evidence = []string{d.Config.where(o.section.Place) + ": an output forward"}
	return found
}

// takesForward says whether the router takes forward traffic over TCP on a port: ECS generates such an input on 24224 in awsvpc and
// bridge mode, and a configuration file may have others.
func (d Definition) takesForward(port string) bool {
	mode := d.NetworkMode()
	if port == "24224" && d.replaced() == "" && (mode == types.NetworkModeAwsvpc || mode == types.NetworkModeBridge) {
		return true
	}
	return slices.ContainsFunc(d.Config.Listeners(), func(l ConfigListener) bool {
		return l.Plugin == "forward" && slices.Contains(l.Transports, "tcp") && strconv.Itoa(int(l.Port)) == port
	})
}
