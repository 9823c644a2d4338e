package rules

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestHideKeepsNamesAndNoValues(t *testing.T) {
	for _, text := range []string{
		`{"environment": [{"name": "A", "value": "S3CRET"}]}`,
		`{"Environment": [{"Name": "A", "Value": "S3CRET"}]}`,
		`{"logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "datadog", "apikey": "S3CRET", "region": "eu-west-1"}}}`,
		`{"dockerLabels": {"A": "S3CRET"}, "command": ["run", "--password=S3CRET"], "entryPoint": ["S3CRET"]}`,
		`{"healthCheck": {"command": ["CMD", "S3CRET"]}}`,
		`{"volumes": [{"name": "A", "dockerVolumeConfiguration": {"driverOpts": {"o": "S3CRET"}}}]}`,
		`{"proxyConfiguration": {"properties": [{"name": "A", "value": "S3CRET"}]}}`,
	} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(Hide(v))
		if err != nil || strings.Contains(string(out), "S3CRET") || !strings.Contains(string(out), Hidden) {
			t.Errorf("%s becomes %s, %v", text, out, err)
		}
	}
	kept := map[string]any{
		"name": "app", "environment": []any{map[string]any{"name": "EMPTY", "value": ""}}, "dependsOn": []any{map[string]any{"containerName": "r", "condition": "START"}},
		"secrets": []any{map[string]any{"name": "A", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/a"}}, "memory": 5, "cpu": nil,
		"firelensConfiguration": map[string]any{"options": map[string]any{"enable-ecs-log-metadata": "false"}},
	}
	was, _ := json.Marshal(kept)
	if now, _ := json.Marshal(Hide(kept)); string(now) != string(was) {
		t.Errorf("%s became %s", was, now)
	}
}
