package template

import (
	"encoding/json"
	"strings"
	"testing"
)

// delivery is an event and the one pattern that matches it, or none.
type delivery struct {
	name    string
	event   node
	pattern string
}

// deliveries are the samples, and for each sample's every field that a pattern looks at the same event with another value
// there: such an event comes from somebody else, or is about something else.
func deliveries(t *testing.T) []delivery {
	var all []delivery
	for file, pattern := range map[string]string{
		"register-task-definition-synthetic": "DefinitionPattern",
		"authorize-ingress-array":            "IngressPattern",
		"authorize-ingress-flat":             "IngressPattern",
		"authorize-ingress-group-name":       "IngressPattern",
		"modify-rules-one":                   "IngressPattern",
		"modify-rules-several-synthetic":     "IngressPattern",
		"finding":                            "FindingPattern",
	} {
		all = append(all, delivery{file, sampled(t, file), pattern})
		fields := [][]string{{"source"}, {"detail-type"}}
		if pattern != "FindingPattern" {
			fields = append(fields, []string{"detail", "eventSource"}, []string{"detail", "eventName"}, []string{"detail", "errorCode"})
		}
		for _, field := range fields {
			all = append(all, delivery{file + " with another " + strings.Join(field, "."), changed(t, file, node{field[len(field)-1]: "other"}), ""})
		}
	}
	return append(all, nearMisses(t)...)
}

// nearMisses are events that AWS really sends and that must wake nobody.
func nearMisses(t *testing.T) []delivery {
	const ingress, definition = "authorize-ingress-array", "register-task-definition-synthetic"
	return []delivery{
		{"egress", changed(t, ingress, node{"eventName": "AuthorizeSecurityGroupEgress"}), ""},
		{"a revocation", changed(t, ingress, node{"eventName": "RevokeSecurityGroupIngress"}), ""},
		{"a database's group", changed(t, ingress, node{"source": "aws.rds", "eventSource": "rds.amazonaws.com", "eventName": "AuthorizeDBSecurityGroupIngress"}), ""},
		{"a mount target's groups", changed(t, ingress, node{"source": "aws.elasticfilesystem", "eventSource": "elasticfilesystem.amazonaws.com", "eventName": "ModifyMountTargetSecurityGroups"}), ""},
		{"a duplicate entry", changed(t, ingress, node{"errorCode": "Client.InvalidPermission.Duplicate"}), ""},
		{"a definition refused", changed(t, definition, node{"errorCode": "ClientException"}), ""},
		{"a definition deregistered", changed(t, definition, node{"eventName": "DeregisterTaskDefinition"}), ""},
		{"a task's state", changed(t, definition, node{"detail-type": "ECS Task State Change"}), ""},
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
	run(t, &matrix, stdin, "match.py")
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

// TestEveryPartOfAPatternCounts breaks each part of each pattern, by another value and by leaving it out: the test above would
// notice each.
func TestEveryPartOfAPatternCounts(t *testing.T) {
	all := deliveries(t)
	type broken struct{ pattern, how string }
	var what []broken
	var patterns []node
	for id, pattern := range translate(t).patterns() {
		for _, path := range leaves(pattern) {
			for how, value := range map[string]any{"left out": nil, "changed": []any{"something else"}} {
				copied := copyOf(t, pattern)
				document{}.put(copied, value, path)
				what, patterns = append(what, broken{id, strings.Join(path, ".") + " " + how}), append(patterns, copied)
			}
		}
	}
	if len(patterns) != 2*(2*5+2) {
		t.Errorf("%d breakages: two for each part of three patterns were expected", len(patterns))
	}
	for i, row := range match(t, patterns, all) {
		right := true
		for j, d := range all {
			right = right && row[j] == (d.pattern == what[i].pattern)
		}
		if right {
			t.Errorf("nobody notices %s with %s", what[i].pattern, what[i].how)
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
