package template

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// delivery is an event and the one pattern that matches it, or none.
type delivery struct {
	name    string
	event   node
	pattern string
}

// heard are the samples that a pattern is for, by pattern.
var heard = map[string][]string{
	"DefinitionPattern": {
		"register-task-definition-synthetic", "deregister-task-definition-synthetic", "create-service-synthetic", "update-service-synthetic",
		"update-service-count-synthetic", "create-task-set-synthetic", "update-primary-task-set-synthetic",
	},
	"IngressPattern": {
		"authorize-ingress-array", "authorize-ingress-flat", "authorize-ingress-group-name", "revoke-ingress-array", "revoke-ingress-by-id-synthetic",
		"modify-rules-one", "modify-rules-several-synthetic", "modify-network-interface-synthetic", "modify-instance-synthetic",
	},
	"TaskPattern":       {"task-running", "task-running-on-instance"},
	"InstancePattern":   {"container-instance-active"},
	"DeploymentPattern": {"service-steady-state", "deployment-in-progress", "deployment-failed"},
	"FindingPattern":    {"finding"},
}

// deliveries are the samples, and for each sample's every field that its pattern looks at the same event with another value
// there: such an event comes from somebody else, or is about something else.
func deliveries(t *testing.T) []delivery {
	var all []delivery
	patterns := translate(t).patterns()
	for _, pattern := range sorted(heard) {
		for _, file := range heard[pattern] {
			all = append(all, delivery{file, sampled(t, file), pattern})
			for _, field := range leaves(patterns[pattern]) {
				all = append(all, delivery{file + " with another " + strings.Join(field, "."), changed(t, file, node{field[len(field)-1]: "other"}), ""})
			}
		}
	}
	for _, name := range []string{"SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED", "TASKSET_STEADY_STATE"} {
		all = append(all, delivery{name, changed(t, "service-steady-state", node{"eventName": name}), "DeploymentPattern"})
	}
	completed := changed(t, "deployment-in-progress", node{"eventName": "SERVICE_DEPLOYMENT_COMPLETED"})
	return append(append(all, delivery{"a deployment completed", completed, "DeploymentPattern"}), nearMisses(t)...)
}

// nearMisses are events that AWS really sends and that must wake nobody.
func nearMisses(t *testing.T) []delivery {
	const ingress, definition = "authorize-ingress-array", "register-task-definition-synthetic"
	const task, instance, steady = "task-running", "container-instance-active", "service-steady-state"
	return []delivery{
		{"egress", changed(t, ingress, node{"eventName": "AuthorizeSecurityGroupEgress"}), ""},
		{"a revocation of egress", changed(t, ingress, node{"eventName": "RevokeSecurityGroupEgress"}), ""},
		{"a group made", changed(t, ingress, node{"eventName": "CreateSecurityGroup"}), ""},
		{"a database's group", changed(t, ingress, node{"source": "aws.rds", "eventSource": "rds.amazonaws.com", "eventName": "AuthorizeDBSecurityGroupIngress"}), ""},
		{"a mount target's groups", changed(t, ingress, node{"source": "aws.elasticfilesystem", "eventSource": "elasticfilesystem.amazonaws.com", "eventName": "ModifyMountTargetSecurityGroups"}), ""},
		{"a duplicate entry", changed(t, ingress, node{"errorCode": "Client.InvalidPermission.Duplicate"}), ""},
		{"a definition refused", changed(t, definition, node{"errorCode": "ClientException"}), ""},
		{"a definition deleted", changed(t, definition, node{"eventName": "DeleteTaskDefinitions"}), ""},
		{"a service deleted", changed(t, "update-service-synthetic", node{"eventName": "DeleteService"}), ""},
		{"a service's call that was refused", changed(t, "create-service-synthetic", node{"errorCode": "ServiceNotFoundException"}), ""},
		{"tags", changed(t, definition, node{"eventName": "TagResource"}), ""},
		{"a record under the name of a state", changed(t, definition, node{"detail-type": "ECS Task State Change"}), ""},
		{"a task that is being placed", changed(t, task, node{"lastStatus": "PROVISIONING"}), ""},
		{"a task that stops", changed(t, task, node{"desiredStatus": "STOPPED"}), ""},
		{"a task that has stopped", changed(t, task, node{"lastStatus": "STOPPED", "desiredStatus": "STOPPED"}), ""},
		{"an instance that is gone", changed(t, instance, node{"status": "INACTIVE"}), ""},
		{"an instance that is drained", changed(t, instance, node{"status": "DRAINING"}), ""},
		{"a service without room", changed(t, steady, node{"eventName": "SERVICE_TASK_PLACEMENT_FAILURE"}), ""},
		{"a service's deployment in the newer form", changed(t, "deployment-in-progress", node{"detail-type": "ECS Service Deployment State Change"}), ""},
		{"a sign-in", changed(t, ingress, node{"detail-type": "AWS Console Sign In via CloudTrail"}), ""},
	}
}

// sampled is the event in the only message of a sample.
func sampled(t *testing.T, file string) node {
	t.Helper()
	var event node
	if err := json.Unmarshal([]byte(batch(t, file)[0].Body), &event); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return event
}

// changed is a sample with other values for source and detail-type, and for whatever else in its detail.
func changed(t *testing.T, file string, values node) node {
	t.Helper()
	event := sampled(t, file)
	for key, value := range values {
		if key == "source" || key == "detail-type" {
			event[key] = value
		} else {
			object(event["detail"])[key] = value
		}
	}
	return event
}

// match says for each pattern which events it matches.
func match(t *testing.T, patterns []node, all []delivery) [][]bool {
	t.Helper()
	var given []node
	for _, d := range all {
		given = append(given, d.event)
	}
	stdin, err := json.Marshal(node{"patterns": patterns, "events": given})
	if err != nil {
		t.Fatal(err)
	}
	var matrix [][]bool
	run(t, &matrix, stdin, "testdata/match.py")
	return matrix
}

// patterns are the template's event patterns, by the logical id of their rule; schedules have none.
func (d document) patterns() map[string]node {
	found := map[string]node{}
	for id, props := range d.of(ruleType) {
		if pattern := object(props["EventPattern"]); pattern != nil {
			found[id] = pattern
		}
	}
	return found
}

func TestPatternsMatchWhatTheyAreForAndNothingElse(t *testing.T) {
	patterns, all := translate(t).patterns(), deliveries(t)
	for _, id := range sorted(patterns) {
		row := match(t, []node{patterns[id]}, all)[0]
		for i, d := range all {
			if want := d.pattern == id; row[i] != want {
				t.Errorf("%s matches %q: %v, want %v", id, d.name, row[i], want)
			}
		}
	}
}

// breakage is a pattern with a part of it broken.
type breakage struct {
	pattern, how string
	broken       node
}

// breakages break each part of each pattern: by another value, by leaving it out, and, where it lists several values, by leaving
// out each.
func breakages(t *testing.T) []breakage {
	var all []breakage
	for id, pattern := range translate(t).patterns() {
		for _, path := range leaves(pattern) {
			edits := map[string]any{"left out": nil, "changed": []any{"something else"}}
			values := list(at(pattern, path...))
			for i := range values {
				if len(values) > 1 {
					edits["without "+text(values[i])] = slices.Delete(slices.Clone(values), i, i+1)
				}
			}
			for how, value := range edits {
				copied := copyOf(t, pattern)
				document{}.put(copied, value, path)
				all = append(all, breakage{id, strings.Join(path, ".") + " " + how, copied})
			}
		}
	}
	return all
}

// TestEveryPartOfAPatternCounts: the test above would notice each breakage.
func TestEveryPartOfAPatternCounts(t *testing.T) {
	all, broken := deliveries(t), breakages(t)
	var patterns []node
	for _, b := range broken {
		patterns = append(patterns, b.broken)
	}
	if parts, values := 5+5+4+3+3+2, 6+5+2+5; len(broken) != 2*parts+values {
		t.Errorf("%d breakages: two for each of %d parts and one for each of %d listed values were expected", len(broken), parts, values)
	}
	for i, row := range match(t, patterns, all) {
		right := true
		for j, d := range all {
			right = right && row[j] == (d.pattern == broken[i].pattern)
		}
		if right {
			t.Errorf("nobody notices %s with %s", broken[i].pattern, broken[i].how)
		}
	}
}

// leaves are the paths to the lists of values in a pattern.
func leaves(pattern node) [][]string {
	var all [][]string
	for _, key := range sorted(pattern) {
		below := object(pattern[key])
		if below == nil {
			all = append(all, []string{key})
		}
		for _, path := range leaves(below) {
			all = append(all, append([]string{key}, path...))
		}
	}
	return all
}

func copyOf(t *testing.T, n node) node {
	t.Helper()
	var copied node
	if err := json.Unmarshal([]byte(compact(n)), &copied); err != nil {
		t.Fatal(err)
	}
	return copied
}
