package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/rules"
)

// tenContainers is the largest definition that ECS takes: a router and nine clients, some of them ordered.
func tenContainers(t testing.TB, mapping string) rules.Definition {
	t.Helper()
	containers := []string{fmt.Sprintf(`{"name": "shop_log_router", "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16",
		"memoryReservation": 100, "firelensConfiguration": {"type": "fluentbit"}, "portMappings": [%s],
		"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/routers", "awslogs-region": "eu-central-1"}}}`, mapping)}
	for i := range 9 {
		dep := `[{"containerName": "shop_log_router", "condition": "START"}]`
		if mapping != "" && i%2 == 0 {
			dep = `[]`
		}
		containers = append(containers, fmt.Sprintf(`{"name": "app%d", "image": "registry.example.com/app:%d", "dependsOn": %s,
			"portMappings": [{"containerPort": %d}], "environment": [{"name": "A", "value": "b"}],
			"logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "cloudwatch_logs", "region": "eu-central-1",
				"log_group_name": "/shop", "log_stream_prefix": "app-", "retry_limit": "2"}}}`, i, i, dep, 8000+i))
	}
	return definition(t, []byte(`{"family": "shop", "networkMode": "bridge", "taskRoleArn": "arn:aws:iam::123456789012:role/shop", "containerDefinitions": [`+strings.Join(containers, ",")+`]}`))
}

// The whole book over the largest definition may allocate this often, with findings or without.
func TestEvaluationAllocatesLittle(t *testing.T) {
	all := rules.All()
	for name, d := range map[string]rules.Definition{"compliant": tenContainers(t, ""), "noncompliant": tenContainers(t, `{"containerPort": 24224}`)} {
		var resource rules.Resource = d
		if n := testing.AllocsPerRun(20, func() { rules.Evaluate(all, resource, rules.Params{}) }); n > 100 {
			t.Errorf("%s: %.0f allocations", name, n)
		}
	}
}

func BenchmarkEvaluateCompliant(b *testing.B) { evaluate(b, tenContainers(b, ""), 0) }

func BenchmarkEvaluateNoncompliant(b *testing.B) {
	evaluate(b, tenContainers(b, `{"containerPort": 24224}`), 6)
}

func evaluate(b *testing.B, d rules.Definition, want int) {
	all := rules.All()
	p := rules.Params{RequireMetadata: true, Today: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}
	b.ReportAllocs()
	for b.Loop() {
		if found := rules.Evaluate(all, d, p); len(found) != want {
			b.Fatalf("%d findings: %v", len(found), lines(found))
		}
	}
}
