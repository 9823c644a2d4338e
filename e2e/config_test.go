package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/firewarden/firewarden/pkg/local/cloud"
)

// keep puts a configuration file into a bucket of the cloud's own Region or of another, and returns its ARN.
func (s *site) keep(t *testing.T, region, bucket, key, text string) string {
	t.Helper()
	client := s3.NewFromConfig(s.Config(), func(o *s3.Options) { o.Region, o.UsePathStyle = region, true })
	_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &bucket, CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)},
	})
	if err != nil && !strings.Contains(err.Error(), "BucketAlreadyOwnedByYou") {
		t.Fatal(err)
	}
	must(client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(text)}))(t)
	return "arn:aws:s3:::" + bucket + "/" + key
}

// configured registers a definition in which nothing is wrong but what its configuration file in S3 says.
func (s *site) configured(t *testing.T, family, object string) {
	t.Helper()
	in := closed(family, "example/app:1")
	in.ContainerDefinitions[0].FirelensConfiguration.Options = map[string]string{"config-file-type": "s3", "config-file-value": object}
	in.ExecutionRoleArn = aws.String("arn:aws:iam::123456789012:role/execution")
	must(s.ecs.RegisterTaskDefinition(t.Context(), in))(t)
}

// TestConfigurationFilesInS3 lets the functions read a router's configuration from S3: a listener of its own is told of with its
// line, what opens none is not, and what is not there stands in the ledger as missing.
func TestConfigurationFilesInS3(t *testing.T) {
	const opens, harmless = "[SERVICE]\n    Flush 1\n[INPUT]\n    Name   forward\n    Listen 0.0.0.0\n    Port   24224\n", "[FILTER]\n    Name grep\n    Match *\n"
	s := newSite(t, up(t, func(o *cloud.Options) {
		o.Parameters = map[string]string{"ConfigBuckets": "arn:aws:s3:::router-config,arn:aws:s3:::router-abroad", "Policy": `rules: {"FL4*": off}`}
	}))
	in := s.subscribe(t, "notices")
	s.configured(t, "opens", s.keep(t, "eu-west-1", "router-config", "routers/opens.conf", opens))
	s.configured(t, "harmless", s.keep(t, "eu-west-1", "router-config", "routers/harmless.conf", harmless))
	s.configured(t, "abroad", s.keep(t, "eu-central-1", "router-abroad", "opens.conf", opens))
	s.configured(t, "missing", "arn:aws:s3:::router-config/none.conf")
	s.idle(t)
	told := in.notices(t)
	for family, want := range map[string]string{
		"opens":    "opens a forward listener of its own on 0.0.0.0:24224 (arn:aws:s3:::router-config/routers/opens.conf:3)",
		"harmless": "",
		"abroad":   "(arn:aws:s3:::router-abroad/opens.conf:3)",
		"missing":  "arn:aws:s3:::router-config/none.conf: config-file-value: it is not there",
	} {
		if got := s.stands(t, family, "FL106"); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q stands in the ledger, want %q", family, got, want)
		}
		if all := told["task-definition/"+family]; (len(all) == 1) != strings.Contains(want, "opens.conf:3)") {
			t.Errorf("%s: told %v", family, statuses(all))
		}
	}
}

// TestAnAuditReadsConfigurationFilesInS3 reads them as the command line does, from its own Region and from another.
func TestAnAuditReadsConfigurationFilesInS3(t *testing.T) {
	s := newSite(t, up(t, nil))
	const opens = "[INPUT]\n    Name   forward\n    Listen 0.0.0.0\n    Port   24224\n"
	s.configured(t, "opens", s.keep(t, "eu-west-1", "router-config", "opens.conf", opens))
	s.configured(t, "abroad", s.keep(t, "eu-central-1", "router-abroad", "opens.conf", opens))
	s.configured(t, "missing", "arn:aws:s3:::router-config/none.conf")
	out, talk := newCLI(t, s).run(t, 1, "audit")
	for _, want := range []string{"(arn:aws:s3:::router-config/opens.conf:1)", "(arn:aws:s3:::router-abroad/opens.conf:1)", "arn:aws:s3:::router-config/none.conf: config-file-value: it is not there"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q among the findings", want)
		}
	}
	if want := "eu-west-1: S3 did not give 1 object: arn:aws:s3:::router-config/none.conf: it is not there\n"; !strings.Contains(talk, want) {
		t.Errorf("no %q on stderr", want)
	}
}

// TestConfigurationFilesAreNotReadUnasked: without the parameter nothing of S3 is read, which stands in the ledger.
func TestConfigurationFilesAreNotReadUnasked(t *testing.T) {
	s := newSite(t, up(t, func(o *cloud.Options) { o.Parameters = map[string]string{"Policy": `rules: {"FL4*": off}`} }))
	s.configured(t, "opens", s.keep(t, "eu-west-1", "router-config", "opens.conf", "[INPUT]\n    Name forward\n"))
	s.idle(t)
	if got := s.stands(t, "opens", "FL106"); !strings.Contains(got, "FireWarden is not permitted to read it: the stack's parameter ConfigBuckets names no bucket") {
		t.Errorf("%q stands in the ledger", got)
	}
}

// stands is what the ledger says of a family by a rule, "" for nothing.
func (s *site) stands(t *testing.T, family, rule string) string {
	t.Helper()
	var said []string
	for _, f := range must(s.ledger().Resource(t.Context(), "task-definition/"+family))(t).Findings {
		if f.Rule == rule {
			said = append(said, f.Message)
		}
	}
	return strings.Join(said, "\n")
}
