package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/s3config/s3fake"
)

const (
	shopRole = "arn:aws:iam::" + ec2fake.Owner + ":role/shop"
	ownConf  = "arn:aws:s3:::conf/own.conf"

	// rolesPolicy leaves on what hangs on roles and configuration files.
	rolesPolicy = "rules: {\"FL*\": off, FL101: remediate, FL106: report, FL402: report, FL404: report}\n"
	opensOne    = "[INPUT]\n Name forward\n Listen 0.0.0.0\n Port 24224\n[OUTPUT]\n Name stdout\n Match *\n"
)

// sends registers a definition that sends to a stream with the task role of the shop, and whose router reads a file in S3 where one is named.
func (s *stand) sends(family, stream, file string) string {
	s.t.Helper()
	router := &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentbit}
	in := &ecs.RegisterTaskDefinitionInput{Family: &family, NetworkMode: types.NetworkModeAwsvpc, TaskRoleArn: aws.String(shopRole)}
	if file != "" {
		router.Options = map[string]string{"config-file-type": "s3", "config-file-value": file}
		in.ExecutionRoleArn = aws.String(shopRole)
	}
	in.ContainerDefinitions = []types.ContainerDefinition{
		{Name: aws.String("router"), Image: aws.String("r"), Memory: aws.Int32(64), Essential: aws.Bool(true), FirelensConfiguration: router},
		{
			Name: aws.String("app"), Image: aws.String("a"), Memory: aws.Int32(64), Essential: aws.Bool(true), LogConfiguration: &types.LogConfiguration{
				LogDriver: types.LogDriverAwsfirelens, Options: map[string]string{"Name": "firehose", "region": "eu-west-1", "delivery_stream": stream},
			},
		},
	}
	out, err := s.ecs.RegisterTaskDefinition(s.t.Context(), in)
	s.check(err)
	return *out.TaskDefinition.TaskDefinitionArn
}

// shop has the role, which allows what a policy says, and the file in S3.
func (s *stand) shop(policy, file string) {
	s.t.Helper()
	s.t.Setenv(policyVariable, rolesPolicy)
	s.iam.CreateRole(shopRole)
	if policy != "" {
		s.check(s.iam.PutRolePolicy(shopRole, "shop", policy))
	}
	s.s3.Region = "eu-west-1"
	s.s3.Buckets = map[string]s3fake.Bucket{"conf": {Region: "eu-west-1", Listed: true, Objects: map[string]s3fake.Object{"own.conf": {Data: []byte(file)}}}}
}

// sound are the findings by rule and evaluation, each with its resource.
func sound(doc auditDoc) []string {
	var all []string
	for _, f := range doc.Findings {
		all = append(all, f.Rule+" "+f.Evaluation+" "+f.Resource)
	}
	slices.Sort(all)
	return all
}

func TestAnAuditAsksOnceAboutEachRole(t *testing.T) {
	s := newStand(t)
	s.shop("", opensOne)
	for _, family := range []string{"a", "b", "c", "d", "e"} {
		s.sends(family, "stream-"+family, "")
	}
	doc, talk := s.audit(1, "--regions", "eu-west-1,us-east-1")
	if len(doc.Findings) != 10 || doc.Findings[0].Rule != "FL402" || doc.Findings[0].Evaluation != "noncompliant" {
		t.Errorf("findings %v", sound(doc))
	}
	has(t, "stderr", talk, "asking IAM about 1 role\n")
	same(t, "simulations", len(s.iam.Calls), 1)
	same(t, "streams asked about", len(s.iam.Calls[0].ResourceArns), 5)
	_, policy, _ := strings.Cut(strings.Join(doc.Findings[0].Evidence, "\n"), "a policy that allows it: ")
	s.check(s.iam.PutRolePolicy(shopRole, "logs", strings.Replace(policy, "stream-a", "*", 1)))
	s.audit(0)
}

func TestAnAuditReadsConfigurationFilesOnce(t *testing.T) {
	s := newStand(t)
	s.shop(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["firehose:*", "s3:GetObject"], "Resource": "*"}}`, opensOne)
	s.inUse()
	s.sends("shop", "logs", ownConf)
	_, err := s.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("prod"), Service: aws.String("web"), TaskDefinition: aws.String(s.sends("till", "logs", ownConf))})
	s.check(err)
	doc, talk := s.audit(1)
	same(t, "findings", sound(doc), []string{
		"FL101 noncompliant " + s.ref(), "FL106 noncompliant task-definition/shop", "FL106 noncompliant task-definition/till",
	})
	for _, f := range doc.Findings {
		if f.Rule == "FL101" && (f.Severity != "critical" && f.Severity != "high") {
			t.Errorf("a group before a listener: %s", f.Severity)
		}
	}
	same(t, "objects read", len(s.s3.Calls()), 1)
	if strings.Contains(talk, "S3 did not") || strings.Contains(talk, "IAM did not") {
		t.Error(talk)
	}
}

func TestWhatS3AndIAMDoNotTellAnAuditIsUnknown(t *testing.T) {
	denied := &smithy.GenericAPIError{Code: "AccessDenied", Message: "User: jo is not authorized\x1b"}
	for name, c := range map[string]struct {
		roles  error
		object s3fake.Object
		file   string
		code   int
		want   []string
		talk   string
	}{
		"IAM denies": {denied, s3fake.Object{Data: []byte("[OUTPUT]\n Name stdout\n Match *\n")}, ownConf, 0, []string{"FL402 unknown", "FL404 unknown"}, `IAM did not say what 1 role may do: ` + shopRole + `: api error AccessDenied: User: jo is not authorized\x1b` + "\n"},
		"S3 denies":  {nil, s3fake.Object{Denied: true}, ownConf, 0, []string{"FL106 unknown"}, "eu-west-1: S3 did not give 1 object: " + ownConf + ": access denied (s3:GetObject"},
		"absent":     {nil, s3fake.Object{}, "arn:aws:s3:::conf/none.conf", 0, []string{"FL106 unknown"}, "S3 did not give 1 object: arn:aws:s3:::conf/none.conf: it is not there"},
		"both":       {denied, s3fake.Object{Denied: true}, ownConf, 0, []string{"FL106 unknown", "FL402 unknown", "FL404 unknown"}, "2 families"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t)
			s.shop(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`, "")
			s.s3.Buckets["conf"].Objects["own.conf"] = c.object
			s.iam.Fail = func() error { return c.roles }
			s.sends("shop", "logs", c.file)
			s.register("web", true)
			doc, talk := s.audit(c.code)
			var got []string
			for _, f := range sound(doc) {
				got = append(got, strings.TrimSuffix(f, " task-definition/shop"))
			}
			same(t, "findings", got, c.want)
			same(t, "errors", len(doc.Errors), 0)
			has(t, "stderr", talk, c.talk)
			if lines := strings.Count(talk, "did not"); lines > 2 || name != "both" && lines != 1 {
				t.Errorf("said more than once:\n%s", talk)
			}
		})
	}
}

// What S3 does not answer about is an error as any other resource; the definition is judged all the same.
func TestAnObjectThatS3DoesNotAnswerAboutIsNotRead(t *testing.T) {
	s := newStand(t)
	s.shop("", opensOne)
	s.s3.Fail = func(int) error { return s3fake.Throttled() }
	s.sends("shop", "logs", ownConf)
	doc, talk := s.audit(2)
	same(t, "findings", sound(doc), []string{"FL106 unknown task-definition/shop", "FL402 noncompliant task-definition/shop", "FL404 unknown task-definition/shop"})
	if len(doc.Errors) != 1 || doc.Errors[0].Resource != ownConf || !strings.Contains(doc.Errors[0].Message, "SlowDown") {
		t.Errorf("errors %v", doc.Errors)
	}
	has(t, "stderr", talk, "not read: eu-west-1 "+ownConf+": reading "+ownConf)
}

func TestAnAuditStopsAskingAnIAMThatDoesNotAnswer(t *testing.T) {
	s := newStand(t)
	s.shop("", "")
	calls := 0
	s.iam.Fail = func() error { calls++; return &smithy.GenericAPIError{Code: "AccessDenied"} }
	for i := range 30 {
		family := fmt.Sprintf("shop%02d", i)
		in := &ecs.RegisterTaskDefinitionInput{
			Family: &family, NetworkMode: types.NetworkModeAwsvpc, TaskRoleArn: aws.String(shopRole + family),
			ContainerDefinitions: []types.ContainerDefinition{
				{Name: aws.String("router"), Image: aws.String("r"), Memory: aws.Int32(64), FirelensConfiguration: &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentbit}},
				{Name: aws.String("app"), Image: aws.String("a"), Memory: aws.Int32(64), LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwsfirelens, Options: map[string]string{"Name": "s3", "bucket": "b"}}},
			},
		}
		_, err := s.ecs.RegisterTaskDefinition(t.Context(), in)
		s.check(err)
	}
	doc, talk := s.audit(0)
	if calls != 10 || doc.Totals.Unknown != 30 {
		t.Errorf("%d calls, %d unknown", calls, doc.Totals.Unknown)
	}
	has(t, "stderr", talk, "IAM did not say what 30 roles may do: "+shopRole+"shop00: api error AccessDenied")
}

func TestAnAuditLeavesOutWhatItIsTold(t *testing.T) {
	s := newStand(t)
	s.shop("", opensOne)
	s.sends("shop", "logs", ownConf)
	doc, talk := s.audit(0, "--leave-out", "roles,config-files")
	same(t, "findings", sound(doc), []string{"FL106 unknown task-definition/shop"})
	same(t, "calls", len(s.s3.Calls())+len(s.iam.Calls), 0)
	has(t, "stderr", talk, "not covered: configuration files in S3 (--leave-out)\nnot covered: what roles allow (--leave-out)\n")
	has(t, "why", doc.Findings[0].Message, "objects in S3 are left out (--leave-out config-files)")
	t.Setenv(policyVariable, `rules: {"FL*": off, FL106: report}`)
	s.audit(1)
	same(t, "simulations for rules that are off", len(s.iam.Calls), 0)
	_, talk = s.ok(2, "audit", "--leave-out", "iam")
	has(t, "stderr", talk, "--leave-out iam: it takes config-files and roles")
}
