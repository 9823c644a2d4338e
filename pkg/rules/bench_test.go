package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
)

// tenContainers is the largest definition that ECS takes: a router and nine clients, some of them ordered.
func tenContainers(t testing.TB, mapping string) rules.Definition {
	t.Helper()
	containers := []string{fmt.Sprintf(`{"name": "log_router", "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:3",
		"firelensConfiguration": {"type": "fluentbit"}, "portMappings": [%s]}`, mapping)}
	for i := range 9 {
		dep := `[{"containerName": "log_router", "condition": "START"}]`
		if mapping != "" && i%2 == 0 {
			dep = `[]`
		}
		containers = append(containers, fmt.Sprintf(`{"name": "app%d", "image": "registry.example.com/app:%d", "dependsOn": %s,
			"portMappings": [{"containerPort": %d}], "environment": [{"name": "A", "value": "b"}],
			"logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "cloudwatch_logs", "region": "eu-central-1"}}}`, i, i, dep, 8000+i))
	}
	return definition(t, []byte(`{"family": "shop", "networkMode": "bridge", "containerDefinitions": [`+strings.Join(containers, ",")+`]}`))
}

func BenchmarkEvaluateCompliant(b *testing.B) { evaluate(b, tenContainers(b, ""), 0) }

func BenchmarkEvaluateNoncompliant(b *testing.B) {
	evaluate(b, tenContainers(b, `{"containerPort": 24224}`), 6)
}

func evaluate(b *testing.B, d rules.Definition, want int) {
	all := rules.All()
	b.ReportAllocs()
	for b.Loop() {
		if found := rules.Evaluate(all, d, rules.Params{}); len(found) != want {
			b.Fatalf("%d findings: %v", len(found), lines(found))
		}
	}
}
