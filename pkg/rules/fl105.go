package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	ec2 "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecs "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl105() Rule {
	return Rule{
		ID:       "FL105",
		Title:    "A security group lets the router's HTTP server on port 2020 in",
		Severity: Medium,
		Mode:     Report,
		Kind:     KindGroup,
		Needs:    NeedsAccount,
		Doc: Doc{
			What: "A Fluent Bit router runs with its HTTP server, and an ingress entry of a security group of its task (awsvpc) or instance (host) lets tcp port 2020 in.",
			Why: "Unlike the forward listener that ECS generates, this one is reachable: the monitoring configurations built into AWS's image set HTTP_Listen 0.0.0.0. It has no authentication and " +
				"tells whoever asks which plugins run and how much they carry; in Fluent Bit 2.0.7 to 3.0.3 a request to it could crash the router or worse (CVE-2024-4323, upstream images). " +
				"A container's health check asks from inside and needs no entry. Severity is medium where the router's configuration is known to open the server, low where only a health check or " +
				"a port mapping points at it.",
			Fix: "None: a load balancer's health check or a metrics scraper may come in by that entry. Narrow the entry to them, or remove it.",
			Silent: "Where the router's configuration files were read and open no server on 2020 beyond loopback; where they were not, and nothing in the definition points at one. In bridge mode; for " +
				"Fluentd; for egress.",
			Before: "ingress  tcp  2020  0.0.0.0/0",
			After:  "ingress  tcp  2020  10.20.0.0/24  the scraper's network, by hand",
			Sources: []string{
				srcBuiltIn, srcMonitoring, "https://www.cve.org/CVERecord?id=CVE-2024-4323",
				"aws-samples/amazon-ecs-firelens-examples examples/fluent-bit/health-check/README.md",
			},
		},
		Check: onGroup(openHTTP),
	}
}

// openHTTP is one finding a source. The path says tcp whatever the entry's protocol, so that an all-traffic entry that is
// spelled out is the same finding.
func openHTTP(g Group, _ Params) []Finding {
	users, severity, reasons := httpUsers(g)
	if len(users) == 0 {
		return nil
	}
	return bySource(g.Entries, func(e ec2.SecurityGroupRule) (Finding, bool) {
		return Finding{
			Rule: "FL105", Severity: severity, Status: Noncompliant, Resource: g.Ref(),
			Path:     fmt.Sprintf("ingress[tcp %d %s]", HTTPPort, Source(e)),
			Message:  fmt.Sprintf("%s lets port %d in from %s to the HTTP server of the FireLens router of %s", g.ID, HTTPPort, Source(e), describeUsers(users)),
			Evidence: append([]string{entryEvidence(e)}, some(reasons)...),
		}, Covers(e, "tcp", HTTPPort)
	})
}

// httpUsers are the users whose router has an HTTP server on 2020, with the severity of the surest of them and what says so.
func httpUsers(g Group) (users []User, severity Severity, reasons []string) {
	severity = Low
	for _, mode := range []ecs.NetworkMode{ecs.NetworkModeAwsvpc, ecs.NetworkModeHost} {
		for _, u := range g.FirelensUsers(string(mode)) {
			sure, why := u.Definition.httpServer()
			if why == "" {
				continue
			}
			if sure {
				severity = Medium
			}
			users, reasons = append(users, u), append(reasons, u.runs()+": "+why)
		}
	}
	return users, severity, reasons
}

// onHTTPPort matches a URL's or a socket's port 2020 in a health check.
var onHTTPPort = regexp.MustCompile(`:2020([^0-9]|$)`)

// httpServer says why a Fluent Bit router has an HTTP server on 2020, and whether that is sure: "" where nothing says so.
func (d Definition) httpServer() (sure bool, why string) {
	for _, r := range d.Routers() {
		if r.FirelensConfiguration.Type != ecs.FirelensConfigurationTypeFluentbit {
			continue
		}
		if why := d.writtenHTTP(); why != "" {
			return true, fmt.Sprintf("the configuration of router %s opens %s", str(r.Name), why)
		}
		if s := d.Config.Service(); d.settled([]string{"service"}) && !s.unsure("http_server", "http_listen", "http_port") {
			return false, ""
		}
		for _, file := range configurations(r) {
			if builtIn[file] == withHTTP {
				return true, fmt.Sprintf("router %s uses %s, which opens an HTTP server on 0.0.0.0:%d", str(r.Name), file, HTTPPort)
			}
		}
		switch {
		case r.HealthCheck != nil && onHTTPPort.MatchString(strings.Join(r.HealthCheck.Command, " ")+" "):
			why = fmt.Sprintf("the health check of router %s asks port %d", str(r.Name), HTTPPort)
		case slices.ContainsFunc(r.PortMappings, func(m ecs.PortMapping) bool { return coversPort(m, HTTPPort) && m.Protocol != ecs.TransportProtocolUdp }):
			why = fmt.Sprintf("router %s maps port %d", str(r.Name), HTTPPort)
		}
	}
	return false, why
}

// writtenHTTP is the HTTP server on 2020 that the router's configuration files open beyond loopback, "" where they open none.
func (d Definition) writtenHTTP() string {
	for _, l := range d.Config.Listeners() {
		if l.Plugin == "http_server" && l.Port == HTTPPort && l.Reach() == Beyond {
			return fmt.Sprintf("an HTTP server on %s (%s)", l.Endpoint(), d.Config.where(l.Section.Place))
		}
	}
	return ""
}

// unsure says whether the value of one of these options is not known.
func (s ConfigSection) unsure(keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		o, _ := s.Option(key)
		return o.Unknown != ""
	})
}
