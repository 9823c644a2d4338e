package reconcile_test

import (
	"strings"
	"testing"
)

// TestTheNoticeNamesWhoDidIt: of events that come together, the call that opened the group, or registered the definition, is the
// cause; ECS's own events, which follow, are not.
func TestTheNoticeNamesWhoDidIt(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(24224, 24224, "0.0.0.0/0", ""))
	c.awsvpcService("web", g)
	c.service("api", c.register(bad("api")))
	c.run(deployed("web", "SERVICE_STEADY_STATE"), opened(g), deployed("web", "SERVICE_DEPLOYMENT_COMPLETED"))
	c.run(deployed("api", "SERVICE_DEPLOYMENT_IN_PROGRESS"), registered("api"), deployed("api", "SERVICE_DEPLOYMENT_COMPLETED"))
	by := map[string]string{}
	for _, n := range c.notices {
		kind, _, _ := strings.Cut(n.Resource, "/")
		by[kind] = n.Origin.EventName
	}
	want(t, "causes", by, map[string]string{"security-group": "AuthorizeSecurityGroupIngress", "task-definition": "RegisterTaskDefinition"})
}
