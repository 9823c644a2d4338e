package inventory

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// publish adds where a bridge task publishes the router's port. Where the mapping names no host port it is an ephemeral one,
// which nobody can tell from the definition.
func (l *listing) publish(u *use, t types.Task) {
	for _, c := range t.Containers {
		for _, b := range c.NetworkBindings {
			if u.host == "" || !coversRouter(b) {
				continue
			}
			if l.published == nil {
				l.published = map[string][]rules.Publication{}
			}
			family := familyOf(u.definition)
			l.published[family] = append(l.published[family], rules.Publication{
				Task: u.name, Container: str(c.Name), HostPort: cmp.Or(str(b.HostPortRange), strconv.Itoa(int(number(b.HostPort)))),
			})
		}
	}
}

func coversRouter(b types.NetworkBinding) bool {
	if b.ContainerPort != nil {
		return *b.ContainerPort == rules.Port
	}
	var from, to int
	if n, err := fmt.Sscanf(str(b.ContainerPortRange), "%d-%d", &from, &to); n != 2 || err != nil {
		return false
	}
	return from <= rules.Port && rules.Port <= to
}
