package source_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// templates are the files of the corpus, and what is in each: the resources that are read, in the reader's order, with the number
// of sure entries and users of groups, and what is named as not read.
var templates = map[string]struct {
	resources []string
	unread    []string
}{
	"SoManyHs-aws-cdk--ec2-integ.firelens-s3-config.json": {resources: []string{
		"awsecsintegTaskDef6FDFB69A", "EcsClusterDefaultAutoScalingGroupInstanceSecurityGroup912E1231 0 0", "websvcsgA808F313 1 1",
	}},
	"SoManyHs-aws-cdk--ec2-integ.firelens-s3-config@0105efdd.json": {resources: []string{
		"awsecsintegTaskDef6FDFB69A", "EcsClusterDefaultAutoScalingGroupInstanceSecurityGroup912E1231 0 0", "websvcsgA808F313 1 1",
	}},
	"SoManyHs-aws-cdk--fargate-integ.firelens-cloudwatch.json": {resources: []string{"awsecsintegTaskDef6FDFB69A", "websvcsgA808F313 1 1"}},
	"SoManyHs-aws-cdk--test-integ.all-service-addons.json": {resources: []string{
		"awsecsintegnametaskdefinition0EA6A1A0", "awsecsinteggreetingtaskdefinitionA6E8A57B", "awsecsinteggreetertaskdefinitionB95239FB",
		"nameserviceSecurityGroup33F4662C 1 1", "greetingserviceSecurityGroupE9BE665B 1 1", "greeterloadbalancerSecurityGroupEE1B20F3 1 0",
		"greeterserviceSecurityGroupDB4AC3A9 1 1",
	}},
	"aws-fargate-log-aggregator-with-fluentd-template.yml": {resources: []string{"fluentd-aggregator", "SecurityGroup 1 1"}},
	"sg/aws-aws-app-mesh-examples--ECS-yelb-cloudformation-ECS-AppMesh-deployment.yaml": {resources: []string{
		"yelb-appserver", "yelb-gateway", "yelb-ui", "YelbDbSecurityGroup 2 0", "YelbRedisServerSecurityGroup 1 0", "YelbAppserverSecurityGroup 1 1",
		"YelbUiSecurityGroup 1 1", "YelbLBSecurityGroup 1 0", "YelbGatewaySecurityGroup 1 1",
	}},
	"sg/aws-aws-app-mesh-examples--howto-alb-app.yaml": {resources: []string{
		"blue", "green", "front", "TaskSecurityGroup 2 3", "PublicLoadBalancerSecurityGroup 1 0",
	}},
	"sg/aws-aws-app-mesh-examples--infra-ecs-cluster.yaml": {resources: []string{
		"ECSInstancesSecurityGroup 2 0", "ECSServiceSecurityGroup 2 0", "BastionSecurityGroup 1 0",
	}},
	"sg/aws-aws-app-mesh-examples--infrastructure-deploy.yaml": {resources: []string{
		"colorteller", "gateway", "ECSServiceSecurityGroup 1 2", "PublicLoadBalancerSG 1 0",
	}},
	"sg/aws-aws-app-mesh-examples--templates-ecs-mesh.yaml": {resources: []string{"ContainerSecurityGroup 2 0", "LoadBalancerSecurityGroup 1 0"}},
	"sg/aws-cloudformation-cfn-lint--properties-exclusive.yaml": {unread: []string{
		`2:3 Ingress: its group "sg-abc1234567" is not in the template`,
	}},
	"sg/aws-samples-amazon-ecs-mythicalmysfits-workshop--workshop-1-core.yml": {resources: []string{
		"Monolith-Definition-${AWS::StackName}", "MythicalLoadBalancerSecurityGroup 1 0", "FargateContainerSecurityGroup 1 1",
	}},
}

// TestTemplatesOfTheCorpus reads other people's templates. With -v it prints a table of file and finding.
func TestTemplatesOfTheCorpus(t *testing.T) {
	tried := map[string]bool{}
	for _, path := range corpusFiles(t, "cloudformation") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		short := strings.TrimPrefix(path, corpus+"/cloudformation/")
		tried[short] = true
		t.Run(short, func(t *testing.T) { readsTemplate(t, short, data) })
	}
	if missing := len(templates) - len(tried); missing != 0 {
		t.Errorf("%d files of the table are not in the corpus, or the other way round", missing)
	}
}

func readsTemplate(t *testing.T, short string, data []byte) {
	t.Helper()
	want, known := templates[short]
	doc, err := source.ReadDocument(short, data)
	if err != nil || !known {
		t.Fatalf("known: %v, error %v", known, err)
	}
	var resources []string
	for _, r := range doc.Resources {
		resources = append(resources, summary(r))
		tellResource(t, data, r)
	}
	if unread := notRead(doc.Unread); !slices.Equal(resources, want.resources) || !slices.Equal(unread, want.unread) {
		t.Errorf("read %q, not read %q", resources, unread)
	}
}

func summary(r source.Resource) string {
	_, name, _ := strings.Cut(r.Ref(), "/")
	if g, ok := r.Resource.(rules.Group); ok {
		return strings.Join([]string{name, number(len(g.Entries)), number(len(g.Users))}, " ")
	}
	return name
}

// tellResource prints what is known of a resource, holds every finding to a line that is not empty, and every key to be read.
func tellResource(t *testing.T, data []byte, r source.Resource) {
	t.Helper()
	at := r.At("")
	t.Logf("line %-4d %s", at.Line, summary(r))
	for _, p := range r.Unread {
		t.Errorf("line %d: not read: %s: %s", p.Line, p.Path, p.Why)
	}
	if d, ok := r.Resource.(rules.Definition); ok {
		for _, path := range slices.Sorted(maps.Keys(d.Unknown)) {
			t.Logf("          unknown: %s (%s)", path, d.Unknown[path])
		}
	}
	for _, f := range r.Evaluate(rules.All(), rules.Params{}) {
		if nthLine(data, f.Line) == "" || f.Column < 1 {
			t.Errorf("%s is at %v, which is empty", f.Path, f.Position)
		}
		t.Logf("line %-4d %s %s %s %s: %s", f.Line, f.Rule, f.Severity, f.Status, f.Path, f.Message)
	}
}
