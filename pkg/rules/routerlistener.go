package rules

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// ConfigListener is a socket that a router's own configuration opens.
type ConfigListener struct {
	// Plugin is the input's, or "http_server" for Fluent Bit's own.
	Plugin string
	// Address is as configured, or the plugin's default.
	Address string
	// Port is 0 where it is not known.
	Port int32
	// Transports are of "tcp", "udp" and "unix"; none where they are not known.
	Transports []string
	// Unknown says why the address or the port is not known.
	Unknown string
	Section ConfigSection
}

// Reach is how far the address of a listener reaches.
type Reach int

// The reaches. A host name is Unsure: what it resolves to is known in the container only.
const (
	Unsure Reach = iota
	Local        // loopback, or a Unix socket
	Beyond
)

// Reach says how far a listener's address reaches.
func (l ConfigListener) Reach() Reach {
	if slices.Equal(l.Transports, []string{"unix"}) || strings.EqualFold(l.Address, "localhost") {
		return Local
	}
	ip, err := netip.ParseAddr(strings.Trim(l.Address, "[]"))
	switch {
	case err != nil:
		return Unsure
	case ip.Unmap().IsLoopback():
		return Local
	}
	return Beyond
}

// Endpoint is address and port: "0.0.0.0:24224", "[::]:24224"; "?" stands for a port that is not known.
func (l ConfigListener) Endpoint() string {
	address, port := strings.Trim(l.Address, "[]"), "?"
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	if l.Port > 0 {
		port = strconv.Itoa(int(l.Port))
	}
	return address + ":" + port
}

// serving is how a plugin listens: its default port, its transports, and the options that turn it to a Unix socket or to
// another transport.
type serving struct {
	port       int32
	transports []string
	unix       string // the option that, when set, makes it a Unix socket and leaves address and port unread
	mode       string // the option that names the transport
}

var (
	overTCP  = []string{"tcp"}
	overUDP  = []string{"udp"}
	overUnix = []string{"unix"}
)

// fluentBitServers are Fluent Bit's inputs that listen (docs.fluentbit.io, pipeline/inputs; the port of splunk and elasticsearch by
// their code, flb_input_net_default_listener). All default to 0.0.0.0.
var fluentBitServers = map[string]serving{
	"forward": {24224, overTCP, "unix_path", ""}, "tcp": {5170, overTCP, "", ""}, "udp": {5170, overUDP, "", ""},
	"syslog": {5140, overUnix, "", "mode"}, "http": {9880, overTCP, "", ""}, "mqtt": {1883, overTCP, "", ""},
	"statsd": {8125, overUDP, "", ""}, "collectd": {25826, overUDP, "", ""}, "opentelemetry": {4318, overTCP, "", ""},
	"elasticsearch": {9200, overTCP, "", ""}, "splunk": {8088, overTCP, "", ""}, "prometheus_remote_write": {8080, overTCP, "", ""},
}

// fluentdServers are Fluentd's sources that listen (docs.fluentd.org, input). All default to 0.0.0.0; forward answers heartbeats
// on a UDP socket of the same port.
var fluentdServers = map[string]serving{
	"forward": {24224, []string{"tcp", "udp"}, "", ""}, "tcp": {5170, overTCP, "", ""}, "udp": {5160, overUDP, "", ""},
	"syslog": {5140, overUDP, "", "protocol_type"}, "http": {9880, overTCP, "", ""}, "monitor_agent": {24220, overTCP, "", ""},
	"unix": {0, overUnix, "", ""},
}

// Listeners are the sockets that the inputs open, and Fluent Bit's HTTP server where it is on. An input of another plugin
// is among them where it has an address to listen on.
func (c *RouterConfig) Listeners() []ConfigListener {
	var found []ConfigListener
	for _, s := range c.Inputs() {
		known, address := fluentBitServers, "listen"
		if s.Kind == "source" {
			known, address = fluentdServers, "bind"
		}
		server, listens := known[s.Plugin]
		if _, told := s.Option(address); listens || told {
			found = append(found, server.listener(s, address, "port"))
		}
	}
	if s := c.Service(); switchedOn(s.Value("http_server")) {
		s.Plugin = "http_server"
		found = append(found, serving{port: HTTPPort, transports: overTCP}.listener(s, "http_listen", "http_port"))
	}
	return found
}

// listener reads the options of a section; address and port name them.
func (v serving) listener(s ConfigSection, address, port string) ConfigListener {
	l := ConfigListener{Plugin: s.Plugin, Address: "0.0.0.0", Port: v.port, Transports: v.transports, Section: s}
	if _, ok := s.Option(v.unix); ok && v.unix != "" {
		l.Transports = overUnix
	}
	if o, ok := s.Option(v.mode); ok && v.mode != "" {
		l.Transports = transports(o)
	}
	for _, part := range s.Sections {
		if part.Kind == "transport" && v.mode != "" {
			l.Transports = transports(ConfigOption{Value: part.Arg})
		}
	}
	if slices.Equal(l.Transports, overUnix) {
		l.Address, l.Port = "", 0
		return l
	}
	l.address(s, address)
	l.port(s, port)
	return l
}

// address reads the option that names the address. A plugin named as a URL ("tcp://0.0.0.0:5170") has it in its name.
func (l *ConfigListener) address(s ConfigSection, key string) {
	if strings.Contains(s.Value("name"), "://") {
		l.Address, l.Unknown = "", "its plugin is named by a URL"
	}
	if o, ok := s.Option(key); ok {
		if l.Address = o.Value; o.Unknown != "" {
			l.Address, l.Unknown = "", o.Unknown
		}
	}
}

func (l *ConfigListener) port(s ConfigSection, key string) {
	o, ok := s.Option(key)
	if !ok {
		return
	}
	n, err := strconv.ParseUint(strings.TrimSpace(o.Value), 10, 16)
	switch {
	case o.Unknown != "":
		l.Port, l.Unknown = 0, o.Unknown
	case err != nil:
		l.Port, l.Unknown = 0, "its port is not a number"
	default:
		l.Port = int32(n)
	}
}

// transports are what the mode of a syslog input names: "tcp", "udp", "tls", "unix_udp".
func transports(o ConfigOption) []string {
	mode := strings.ToLower(o.Value)
	switch {
	case o.Unknown != "":
		return nil
	case strings.HasPrefix(mode, "unix"):
		return overUnix
	case mode == "udp":
		return overUDP
	}
	return overTCP
}

// switchedOn says whether a switch of Fluent Bit is on.
func switchedOn(value string) bool {
	return slices.Contains([]string{"on", "true", "yes"}, strings.ToLower(value))
}
