package reconcile_test

import (
	"testing"

	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestAFindingAboutAnotherPortOutlivesAnEventAbout24224: the router's HTTP server is let in still.
func TestAFindingAboutAnotherPortOutlivesAnEventAbout24224(t *testing.T) {
	c := newCloud(t)
	g := c.group("web", tcp(2020, 2020, "10.0.0.0/8", ""))
	in := firelens("web", ecstypes.NetworkModeAwsvpc)
	in.ContainerDefinitions[0].FirelensConfiguration.Options = map[string]string{
		"config-file-type": "file", "config-file-value": "/fluent-bit/configs/output-metrics-healthcheck.conf",
	}
	c.service("web", c.register(in), g)
	c.sweep()
	want(t, "wrong", c.wrong(), []string{"FL105 security-group/" + g + " reported"})
	c.run(revoked(g))
	want(t, "wrong after it", c.wrong(), []string{"FL105 security-group/" + g + " reported"})
}
