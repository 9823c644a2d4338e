package trigger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/trigger"
)

// corpus holds recorded events of other people; it lies beside the project where it is present.
const corpus = "../../../shared/corpus/cloudtrail"

// What corpus files lead to, malformed ones apart: why they are ignored. Of the others the table has the kind and all that they
// name.
const (
	alone     = "leaves 24224 alone"
	unwatched = "no kind of event that is watched"
)

// recorded says what every file of the corpus leads to.
var recorded = map[string]string{
	"aws-lambda-go-ecs-container-instance-state-change.json":                 "placement [] [] [] [] [i-f3a8506b] []",
	"awsdocs-ecs/ecs-fips-compliance-02-PutAccountSettingDefault.json":       unwatched,
	"awsdocs-ecs/ecs_cwe_events-01-ECS-Container-Instance-State-Change.json": "placement [] [] [] [] [i-f3a8506b] []",
	"awsdocs-ecs/ecs_cwe_events-02-ECS-Task-State-Change.json":               "placement [sample-fargate] [] [] [eni-abcd1234] [] []",
	"awsdocs-ecs/ecs_cwe_events-04-ECS-Service-Action.json":                  "placement [] [] [default/servicetest] [] [] []",
	"awsdocs-ecs/ecs_cwe_events-05-ECS-Service-Action.json":                  "placement [] [] [default/servicetest] [] [] []",
	"awsdocs-ecs/ecs_cwe_events-06-ECS-Service-Action.json":                  "placement [] [] [default/servicetest] [] [] []",
	"awsdocs-ecs/ecs_cwe_events-07-ECS-Service-Action.json":                  "placement [] [] [default/servicetest] [] [] []",
	"awsdocs-ecs/ecs_cwe_events-08-ECS-Service-Action.json":                  "placement [] [] [default/servicetest] [] [] []",
	"awsdocs-ecs/ecs_cwe_events-10-ECS-Deployment-State-Change.json":         "placement [] [] [default/servicetest] [] [] []",
	"awsdocs-ecs/ecs_cwe_events-11-ECS-Deployment-State-Change.json":         "placement [] [] [default/servicetest] [] [] []",
	"awsdocs-ecs/ecs_cwe_events-12-ECS-Deployment-State-Change.json":         "placement [] [] [default/servicetest] [] [] []",
	"awsdocs-ecs/ecs_cwe_events-13-ECS-Deployment-State-Change.json":         "placement [] [] [default/servicetest] [] [] []",
	"awsdocs-ecs/fargate-capacity-providers-01.invalid.json":                 "the body is not JSON",
	"awsdocs-ecs/logging-using-cloudtrail-01-CreateCluster.json":             unwatched,
	"invictus/AuthorizeSecurityGroupEgress-914469fc.json":                    unwatched,
	"invictus/AuthorizeSecurityGroupIngress-74bd84b4.json":                   alone, // flat form, port 22
	"invictus/AuthorizeSecurityGroupIngress-7e96f0e7.json":                   alone, // array form, port 443
	"invictus/CreateNetworkInterface-16034e79.json":                          unwatched,
	"invictus/CreateNetworkInterface-270b97ed.json":                          unwatched,
	"invictus/CreateNetworkInterface-75f05727.json":                          unwatched,
	"invictus/CreateSecurityGroup-7475937c.json":                             unwatched,
	"invictus/DeleteNetworkInterface-8e7c424e.json":                          unwatched,
	"invictus/DeleteSecurityGroup-9606afeb.json":                             unwatched,
	"invictus/DescribeSecurityGroups-8a13e27e.json":                          unwatched,
	"invictus/DescribeSecurityGroups-ee6b2697.json":                          unwatched,
	"invictus/DetachNetworkInterface-39fba6c9.json":                          unwatched,
	"invictus/RevokeSecurityGroupEgress-5966ab0e.json":                       unwatched,
	"invictus/RevokeSecurityGroupEgress-d2dedbf2.json":                       unwatched,
	"invictus/RevokeSecurityGroupIngress-8733f811.json":                      alone, // flat form, no rule set, port 22
	"rubysoho07/ec2_AuthorizeSecurityGroupEgress.json":                       unwatched,
	"rubysoho07/ec2_AuthorizeSecurityGroupIngress.json":                      alone, // array form, port 22
	"rubysoho07/ec2_CreateSecurityGroup.json":                                unwatched,
	"rubysoho07/ec2_ModifySecurityGroupRules.json":                           alone, // one rule, port 443
	"rubysoho07/ec2_RevokeSecurityGroupEgress.json":                          unwatched,
	"rubysoho07/ec2_RevokeSecurityGroupIngress.json":                         alone, // array form, port 22
	"rubysoho07/ec2_RunInstances_single.json":                                unwatched,
	"rubysoho07/ecr_CreateRepository.json":                                   unwatched,
	"rubysoho07/ecs_CreateCluster.json":                                      unwatched,
	"rubysoho07/eks_CreateCluster.json":                                      unwatched,
	"rubysoho07/elasticloadbalancing_CreateLoadBalancer_alb.json":            unwatched,
}

func TestEveryRecordedEventLeadsToWhatIsExpected(t *testing.T) {
	for name, body := range corpusBodies(t) {
		t.Run(name, func(t *testing.T) {
			e, err := trigger.Parse(body)
			var m *trigger.Malformed
			got := e.Reason
			switch {
			case errors.As(err, &m):
				got = m.What
			case e.Kind != trigger.Ignored:
				got = fmt.Sprint(e.Kind, " ", e.Families, e.Groups, e.Services, e.Interfaces, e.Instances, e.Revisions)
			}
			if want, listed := recorded[name]; !listed || got != want {
				t.Errorf("got %s %q, want %q (in the table: %t)", e.Kind, got, want, listed)
			}
			if err == nil && (e.Origin.EventID == "" || e.Origin.Time.IsZero() || e.Origin.Account == "" || e.Origin.Region == "") {
				t.Errorf("origin incomplete: %+v", e.Origin)
			}
		})
	}
}

func TestARecordedEventOnThePortNamesItsGroup(t *testing.T) {
	for name, port := range map[string]string{
		"invictus/AuthorizeSecurityGroupIngress-74bd84b4.json": "22",
		"invictus/AuthorizeSecurityGroupIngress-7e96f0e7.json": "443",
		"rubysoho07/ec2_AuthorizeSecurityGroupIngress.json":    "22",
		"rubysoho07/ec2_ModifySecurityGroupRules.json":         "443",
		"invictus/RevokeSecurityGroupIngress-8733f811.json":    "22",
		"rubysoho07/ec2_RevokeSecurityGroupIngress.json":       "22",
	} {
		body := string(corpusBodies(t)[name])
		for _, field := range []string{"fromPort", "toPort", "FromPort", "ToPort"} {
			body = strings.ReplaceAll(body, `"`+field+`":`+port, `"`+field+`":24224`)
		}
		e := parse(t, body)
		if e.Kind != trigger.Group || len(e.Groups) != 1 || e.Origin.Principal == "" || e.Origin.UserAgent == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// corpusBodies are the files of the corpus, compact, bare records in the envelope that EventBridge puts around them.
func corpusBodies(t *testing.T) map[string][]byte {
	t.Helper()
	bodies := map[string][]byte{}
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(corpus, path)
		bodies[filepath.ToSlash(name)] = enveloped(raw)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no recorded events beside the project: ../shared/corpus/cloudtrail is absent")
	}
	if err != nil {
		t.Fatal(err)
	}
	return bodies
}

func enveloped(raw []byte) []byte {
	var r struct{ EventSource, EventTime, AwsRegion, RecipientAccountID string }
	if json.Unmarshal(raw, &r) != nil || r.EventSource == "" {
		return raw
	}
	service, _, _ := strings.Cut(r.EventSource, ".")
	body, err := json.Marshal(map[string]any{
		"version": "0", "id": envelopeID, "detail-type": "AWS API Call via CloudTrail", "source": "aws." + service, "time": r.EventTime,
		"account": r.RecipientAccountID, "region": r.AwsRegion, "resources": []string{}, "detail": json.RawMessage(raw),
	})
	if err != nil {
		return raw
	}
	return body
}

// samples says what the messages of every file of events/ lead to: a kind, or "malformed".
var samples = map[string][]trigger.Kind{
	"authorize-ingress-array.json":              {trigger.Group},
	"authorize-ingress-flat.json":               {trigger.Group},
	"authorize-ingress-group-name.json":         {trigger.Group},
	"finding.json":                              {trigger.Finding},
	"malformed.json":                            {"malformed", "malformed", "malformed", "malformed"},
	"mixed-synthetic.json":                      {trigger.Definition, trigger.Group, trigger.Group, trigger.Ignored, trigger.Ignored, trigger.Sweep, "malformed"},
	"modify-rules-one.json":                     {trigger.Group},
	"modify-rules-several-synthetic.json":       {trigger.Group},
	"register-task-definition-synthetic.json":   {trigger.Definition},
	"shard.json":                                {trigger.Shard},
	"sweep.json":                                {trigger.Sweep},
	"container-instance-active.json":            {trigger.Placement},
	"create-service-synthetic.json":             {trigger.Placement},
	"create-task-set-synthetic.json":            {trigger.Placement},
	"deployment-failed.json":                    {trigger.Placement},
	"deployment-in-progress.json":               {trigger.Placement},
	"deregister-task-definition-synthetic.json": {trigger.Definition},
	"modify-instance-synthetic.json":            {trigger.Group},
	"modify-network-interface-synthetic.json":   {trigger.Group},
	"revoke-ingress-array.json":                 {trigger.Group},
	"revoke-ingress-by-id-synthetic.json":       {trigger.Group},
	"service-steady-state.json":                 {trigger.Placement},
	"task-running-on-instance.json":             {trigger.Placement},
	"task-running.json":                         {trigger.Placement},
	"update-primary-task-set-synthetic.json":    {trigger.Placement},
	"update-service-count-synthetic.json":       {trigger.Ignored},
	"update-service-synthetic.json":             {trigger.Placement},
}

// TestEverySampleEventLeadsToWhatIsExpected reads the bodies of events/*.json, the SQS batches that sam local invoke takes.
func TestEverySampleEventLeadsToWhatIsExpected(t *testing.T) {
	files, err := filepath.Glob("../../events/*.json")
	if err != nil || len(files) != len(samples) {
		t.Errorf("%d sample events in events/ (%v), want the %d of the table", len(files), err, len(samples))
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if diff := cmp.Diff(samples[filepath.Base(path)], batchKinds(t, path)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func batchKinds(t *testing.T, path string) []trigger.Kind {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var batch struct{ Records []struct{ Body string } }
	if err := json.Unmarshal(raw, &batch); err != nil {
		t.Fatal(err)
	}
	var kinds []trigger.Kind
	for _, r := range batch.Records {
		e, err := trigger.Parse([]byte(r.Body))
		if err != nil {
			e.Kind = "malformed"
		}
		kinds = append(kinds, e.Kind)
	}
	return kinds
}
