package trigger

import (
	"strconv"

	"github.com/firewarden/firewarden/pkg/rules"
)

// entry is what a record says of an ingress entry, its source apart. Requests and responses write the same names in different
// case, which encoding/json does not mind.
type entry struct {
	Protocol scalar `json:"ipProtocol"`
	From     scalar `json:"fromPort"`
	To       scalar `json:"toPort"`
}

// sparesPort says whether an entry surely leaves 24224 alone. All traffic does not, nor does what is not understood: no
// protocol, a protocol that is none, tcp or udp without a proper range.
func (e entry) sparesPort() bool {
	switch protocol := rules.Protocol(string(e.Protocol)); protocol {
	case "tcp", "udp":
		return e.besidePort()
	case "icmp", "icmpv6":
		return true
	default:
		n, err := strconv.Atoi(protocol)
		return err == nil && 0 <= n && n <= 255 && strconv.Itoa(n) == protocol
	}
}

func (e entry) besidePort() bool {
	from, errFrom := strconv.Atoi(string(e.From))
	to, errTo := strconv.Atoi(string(e.To))
	proper := errFrom == nil && errTo == nil && 0 <= from && from <= to && to <= 65535
	return proper && (to < rules.Port || rules.Port < from)
}

// sparePort says whether there are entries and all of them surely leave 24224 alone.
func sparePort(entries []entry) bool {
	for _, e := range entries {
		if !e.sparesPort() {
			return false
		}
	}
	return len(entries) > 0
}
