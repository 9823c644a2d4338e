package source_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// TestEveryPropertyIsRead holds the names of CloudFormation against those of the API: a definition with every property of its
// resource schema leaves no key unread and no value out. Numbers and booleans are in quotes.
func TestEveryPropertyIsRead(t *testing.T) {
	doc, data := document(t, "testdata/every-property.json")
	r := doc.Resources[0]
	d := r.Resource.(rules.Definition)
	if len(r.Unread) > 0 || len(d.Unknown) > 0 || len(d.Tags) != 1 {
		t.Errorf("not read: %v, unknown: %v, tags: %v", r.Unread, d.Unknown, d.Tags)
	}
	var raw struct {
		Resources struct {
			Task struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	delete(raw.Resources.Task.Properties, "Tags")
	written, kept := map[string]string{}, map[string]string{}
	flat("", raw.Resources.Task.Properties, written)
	flat("", plan.Tree(d), kept)
	if len(written) < 100 || len(written) != len(kept) {
		t.Errorf("%d values are written, %d were kept", len(written), len(kept))
	}
	if got, want := slices.Sorted(maps.Values(kept)), slices.Sorted(maps.Values(written)); !slices.Equal(got, want) {
		t.Errorf("kept %q, written %q", got, want)
	}
}

// A service that names a mapping keeps the rules from proposing to drop it.
func TestServicesBindMappings(t *testing.T) {
	const bridge = `Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: shop
      ContainerDefinitions:
        - {Name: router, Image: a, FirelensConfiguration: {Type: fluentbit}, PortMappings: [{ContainerPort: 24224, Name: forward}]}
        - {Name: app, Image: b, LogConfiguration: {LogDriver: awsfirelens}}
  Service:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
`
	for bound, fixable := range map[string]bool{
		"":                        true,
		"      DesiredCount: 2\n": true,
		"      LoadBalancers: [{ContainerName: router, ContainerPort: '24224'}]\n":                          false,
		"      LoadBalancers: [{ContainerName: app, ContainerPort: 24224}]\n":                               true,
		"      ServiceRegistries: [{ContainerName: router, ContainerPort: 24224}]\n":                        false,
		"      ServiceConnectConfiguration: {Enabled: true, Services: [{PortName: forward}]}\n":             false,
		"      VpcLatticeConfigurations: [{PortName: forward, RoleArn: a, TargetGroupArn: b}]\n":            false,
		"      ServiceConnectConfiguration: {Enabled: true, Services: [{PortName: http}, {PortName: x}]}\n": true,
	} {
		doc, err := source.ReadDocument("bound", []byte(bridge+bound))
		if err != nil {
			t.Fatal(err)
		}
		if found := judged(doc, "FL103"); len(found) != 1 || found[0].Fixable != fixable {
			t.Errorf("%q: %+v", bound, found)
		}
	}
}
