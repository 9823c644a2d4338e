package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

const toFirehose = `{"family": "shop", "containerDefinitions": [
  {"name": "router", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/router:1",
   "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "s3", "config-file-value": "arn:aws:s3:::conf/extra.conf"}}},
  {"name": "app", "image": "a", "logConfiguration": {"logDriver": "awsfirelens",
   "options": {"Name": "kinesis_firehose", "region": "eu-west-1", "delivery_stream": "logs"}}}]}`

const policiesOfShop = `{
  "shop": {
    "executionRole": {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": [
            "ecr:GetAuthorizationToken"
          ],
          "Resource": [
            "*"
          ]
        },
        {
          "Effect": "Allow",
          "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage"
          ],
          "Resource": [
            "arn:aws:ecr:eu-west-1:123456789012:repository/router"
          ]
        },
        {
          "Effect": "Allow",
          "Action": [
            "s3:GetObject"
          ],
          "Resource": [
            "arn:aws:s3:::conf/extra.conf"
          ]
        }
      ]
    },
    "taskRole": {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": [
            "firehose:PutRecordBatch"
          ],
          "Resource": [
            "arn:aws:firehose:eu-west-1:*:deliverystream/logs"
          ]
        }
      ]
    }
  }
}
`

func needs(t *testing.T, args ...string) (out, talk string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(append([]string{"scan", "--needed-policy"}, args...), streams{strings.NewReader(toFirehose), &stdout, &stderr})
	return stdout.String(), stderr.String(), code
}

func TestNeededPoliciesArePrintedAsJSONAlone(t *testing.T) {
	out, talk, code := needs(t, "-")
	if out != policiesOfShop || code != 0 {
		t.Errorf("exit code %d, %s", code, out)
	}
	has(t, "stderr", talk, "-: not read: configuration file arn:aws:s3:::conf/extra.conf of the router (config-file-value)\n1 file: policies for 1 family, 0 without need, 0 not read")
}

func TestNeedsOfOneFamilyAddUp(t *testing.T) {
	files(t)
	other := strings.Replace(strings.Replace(toFirehose, `"logs"`, `"other"`, 1), "kinesis_firehose", "firehose", 1)
	for name, data := range map[string]string{"a.json": toFirehose, "b.json": other} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, _, code := needs(t, "a.json", "b.json", "open.json", "broken.json")
	var doc map[string]map[string]struct {
		Statement []struct{ Action, Resource []string }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 2 {
		t.Fatalf("exit code %d, %v: %s", code, err, out)
	}
	if got := doc["shop"]["taskRole"].Statement; len(got) != 1 || len(got[0].Resource) != 2 || len(doc["web"]) != 0 || len(doc) != 2 {
		t.Errorf("policies %+v", doc)
	}
}

func TestNeededPoliciesHaveNoOtherFormat(t *testing.T) {
	if out, talk, code := needs(t, "--format", "table", "-"); code != 2 || out != "" || !strings.Contains(talk, "needed-policy") {
		t.Errorf("exit code %d, %s%s", code, out, talk)
	}
}

// What is not read is said once, in however many ways conditions may turn out.
func TestFilesThatANeededPolicyLacksAreNamedOnce(t *testing.T) {
	file := t.TempDir() + "/t.yaml"
	if err := os.WriteFile(file, []byte(`Parameters: {P: {Type: String}}
Conditions: {Maybe: !Equals [!Ref P, a]}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - {Name: r, Image: a, Cpu: !If [Maybe, 1, 2], FirelensConfiguration: {Type: fluentbit, Options: {config-file-type: file, config-file-value: /extra.conf}}}
        - {Name: app, Image: b, LogConfiguration: {LogDriver: awsfirelens}}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, talk, code := needs(t, file); code != 0 || strings.Count(talk, "/extra.conf") != 1 {
		t.Errorf("%d, %q", code, talk)
	}
}
