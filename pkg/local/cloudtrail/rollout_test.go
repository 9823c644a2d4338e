package cloudtrail_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/local"
	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
	"github.com/firewarden/firewarden/pkg/trigger"
)

// rolling is a proxy before an emulator, whose events are heard.
type rolling struct {
	*cloudtrail.Proxy
	python, url string
	ecs         *ecs.Client
	heard       bus
}

// newRolling starts one whose deployments take this long, with cluster prod, web:1 and web:2.
func newRolling(t *testing.T, settle time.Duration) *rolling {
	t.Helper()
	r := &rolling{heard: make(bus, 100)}
	var err error
	if r.python, err = local.Python("../../.."); err != nil {
		t.Fatal(err)
	}
	e, err := local.StartEmulator(t.Context(), r.python, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	direct := config(e.URL, region)
	r.Proxy, err = cloudtrail.New(cloudtrail.Options{
		Upstream: e.URL, Region: region, Account: "123456789012", EC2: ec2.NewFromConfig(direct), ECS: ecs.NewFromConfig(direct),
		Events: r.heard, Warn: t.Logf, Settle: settle,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url, r.ecs = server.URL, ecs.NewFromConfig(config(server.URL, region))
	must(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("prod")}))(t)
	for range 2 {
		must(r.ecs.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
			Family:               aws.String("web"),
			ContainerDefinitions: []types.ContainerDefinition{{Name: aws.String("app"), Image: aws.String("nginx"), Memory: aws.Int32(64)}},
		}))(t)
	}
	return r
}

// serve makes service prod/web of web:1 and hears it come to rest.
func (r *rolling) serve(t *testing.T, d *types.DeploymentConfiguration, tags ...types.Tag) {
	t.Helper()
	must(r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web:1"), DesiredCount: aws.Int32(2),
		DeploymentConfiguration: d, Tags: tags,
	}))(t)
	r.wantHeard(t, "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_STEADY_STATE")
}

func (r *rolling) update(t *testing.T) {
	t.Helper()
	must(r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: aws.String("web:2"),
	}))(t)
}

// wantHeard waits for as many events of the service, which lead the audit to it, and compares their names.
func (r *rolling) wantHeard(t *testing.T, want ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var got []string
	for len(got) < len(want) {
		select {
		case <-ctx.Done():
			t.Fatalf("heard %v, not %v", got, want)
		case e := <-r.heard:
			var d struct{ EventName string }
			if err := json.Unmarshal([]byte(*e.Detail), &d); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(d.EventName, "SERVICE_") {
				continue // the record of a call
			}
			got = append(got, d.EventName)
			body := must(json.Marshal(map[string]any{
				"id": "x", "source": *e.Source, "detail-type": *e.DetailType, "resources": e.Resources, "detail": json.RawMessage(*e.Detail),
			}))(t)
			ev := must(trigger.Parse(body))(t)
			if len(ev.Services) != 1 || ev.Services[0] != (trigger.Service{Cluster: "prod", Name: "web"}) {
				t.Errorf("%s leads to %+v", d.EventName, ev)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// wantDeployments compares prod/web's, each as "status revision state".
func (r *rolling) wantDeployments(t *testing.T, want ...string) {
	t.Helper()
	out := must(r.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("prod"), Services: []string{"web"}}))(t)
	var got []string
	for _, d := range out.Services[0].Deployments {
		name := *d.TaskDefinition
		got = append(got, *d.Status+" "+name[strings.LastIndex(name, "/")+1:]+" "+string(d.RolloutState))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func failing(rollback bool) (*types.DeploymentConfiguration, types.Tag) {
	return &types.DeploymentConfiguration{DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: rollback}},
		types.Tag{Key: aws.String("local:deployment"), Value: aws.String("fail")}
}

func TestAnUpdateRollsOutInTime(t *testing.T) {
	r := newRolling(t, 20*time.Millisecond)
	r.serve(t, nil)
	r.update(t)
	r.wantHeard(t, "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_STEADY_STATE")
	r.wantDeployments(t, "PRIMARY web:2 COMPLETED")
}

func TestATaggedServicesNextUpdateFailsAndGoesBack(t *testing.T) {
	r := newRolling(t, 20*time.Millisecond)
	d, tag := failing(true)
	r.serve(t, d, tag)
	r.update(t)
	r.wantHeard(t, "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_IN_PROGRESS",
		"SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_STEADY_STATE")
	r.wantDeployments(t, "PRIMARY web:1 COMPLETED")
	r.update(t) // only the next one fails
	r.wantHeard(t, "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_STEADY_STATE")
	r.wantDeployments(t, "PRIMARY web:2 COMPLETED")
}

func TestATaggedServiceWithoutRollbackStaysFailed(t *testing.T) {
	r := newRolling(t, 20*time.Millisecond)
	d, tag := failing(false)
	r.serve(t, d, tag)
	r.update(t)
	r.wantHeard(t, "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_FAILED")
	r.wantDeployments(t, "PRIMARY web:2 FAILED", "ACTIVE web:1 COMPLETED")
}

// TestBoto3SeesTheDeployments: every client sees what the Go SDK does.
func TestBoto3SeesTheDeployments(t *testing.T) {
	r := newRolling(t, time.Hour)
	const script = `
import boto3, sys
ecs = boto3.client("ecs", endpoint_url=sys.argv[1], region_name=sys.argv[2], aws_access_key_id="AKIATEST000000000000", aws_secret_access_key="x")
ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web:1", desiredCount=1)
ecs.update_service(cluster="prod", service="web", taskDefinition="web:2")
service = ecs.describe_services(cluster="prod", services=["web"])["services"][0]
print(service["taskDefinition"].split("/")[-1], [(d["status"], d["rolloutState"], d["createdAt"].year > 2000) for d in service["deployments"]])
`
	out, err := exec.CommandContext(t.Context(), r.python, "-c", script, r.url, region).CombinedOutput()
	if want := "web:2 [('PRIMARY', 'IN_PROGRESS', True), ('ACTIVE', 'IN_PROGRESS', True)]\n"; err != nil || string(out) != want {
		t.Errorf("boto3 saw %s, want %s (%v)", out, want, err)
	}
}
