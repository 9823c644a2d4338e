package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ports is an inclusive range of ports, as entries and mappings have it.
type ports struct{ from, to int32 }

func (p ports) covers(port int32) bool { return p.from <= port && port <= p.to }

func (p ports) String() string {
	if p.from == p.to {
		return strconv.Itoa(int(p.from))
	}
	return fmt.Sprintf("%d-%d", p.from, p.to)
}

// without returns what is left of the range when a port is taken out: two ranges, one, or none.
func (p ports) without(port int32) []ports {
	if !p.covers(port) {
		return []ports{p}
	}
	var left []ports
	if p.from < port {
		left = append(left, ports{p.from, port - 1})
	}
	if port < p.to {
		left = append(left, ports{port + 1, p.to})
	}
	return left
}

// parsePorts reads "24000-25000" or "24224".
func parsePorts(s string) (ports, bool) {
	lo, hi, ranged := strings.Cut(s, "-")
	from, err := strconv.ParseInt(strings.TrimSpace(lo), 10, 32)
	if err != nil {
		return ports{}, false
	}
	if !ranged {
		return ports{int32(from), int32(from)}, true
	}
	to, err := strconv.ParseInt(strings.TrimSpace(hi), 10, 32)
	return ports{int32(from), int32(to)}, err == nil && from <= to
}

// containerPorts are the container's ports that a mapping publishes.
func containerPorts(m types.PortMapping) (ports, bool) {
	if m.ContainerPort != nil {
		return ports{*m.ContainerPort, *m.ContainerPort}, true
	}
	return parsePorts(str(m.ContainerPortRange))
}

func coversPort(m types.PortMapping, port int32) bool {
	p, ok := containerPorts(m)
	return ok && p.covers(port)
}

// uses24224 says whether a mapping uses the router's port: as container port, as host port, or in its range.
func uses24224(m types.PortMapping) bool {
	return coversPort(m, Port) || (m.HostPort != nil && *m.HostPort == Port)
}

// without24224 returns what is left of a mapping when the router's port is taken out. A range keeps its name on the
// lower part only: names are unique in a definition.
func without24224(m types.PortMapping) []types.PortMapping {
	r, ok := parsePorts(str(m.ContainerPortRange))
	if m.ContainerPort != nil || !ok {
		return nil
	}
	var left []types.PortMapping
	for _, part := range r.without(Port) {
		one := m
		text := part.String()
		if part.from == part.to { // a range of one port is a plain mapping
			one.ContainerPortRange, one.ContainerPort = nil, &part.from
		} else {
			one.ContainerPortRange = &text
		}
		if len(left) > 0 {
			one.Name = nil
		}
		left = append(left, one)
	}
	return left
}
