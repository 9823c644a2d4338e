package reconcile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/s3config"
	"github.com/firewarden/firewarden/pkg/s3config/s3fake"
	"github.com/firewarden/firewarden/pkg/trigger"
)

const (
	listens = "[INPUT]\n Name forward\n Listen 0.0.0.0\n Port 24224\n"
	serves  = "[SERVICE]\n HTTP_Server on\n[OUTPUT]\n Name stdout\n Match *\n"
)

// bucket is S3 with one bucket, which a caller may list or not.
func bucket(objects map[string]s3fake.Object) *s3fake.Cloud {
	return &s3fake.Cloud{Region: "eu-central-1", Buckets: map[string]s3fake.Bucket{"config": {Region: "eu-central-1", Objects: objects, Listed: true}}}
}

func texted(key, text string) map[string]s3fake.Object {
	return map[string]s3fake.Object{key: {Data: []byte(text)}}
}

// named is a definition whose router names a file.
func named(family, kind, value string) *ecs.RegisterTaskDefinitionInput {
	in := firelens(family, ecstypes.NetworkModeAwsvpc)
	in.ContainerDefinitions[0].FirelensConfiguration.Options = map[string]string{"config-file-type": kind, "config-file-value": value}
	return in
}

// configured are the definitions of a family as the stack reads them.
func (c *cloud) configured(t *testing.T, files reconcile.ConfigFiles, in *ecs.RegisterTaskDefinitionInput) (rules.Definition, error) {
	t.Helper()
	c.register(in)
	return files.Completing(ecstask.Store{API: c.ecs}.Describe)(t.Context(), *in.Family)
}

func TestConfigFilesAreReadOrUnknown(t *testing.T) {
	const own, built = "arn:aws:s3:::config/k/own.conf", "/fluent-bit/configs/output-metrics-healthcheck.conf"
	const tag = "0a7219254a15a1e807ec036448297676" // the MD5 sum, as S3 makes it of what is put in one piece
	denied := bucket(map[string]s3fake.Object{"k/own.conf": {Denied: true}})
	for name, c := range map[string]struct {
		kind, value string
		s3          *s3fake.Cloud
		files       string // each with its version
		missing     string
	}{
		"an object":        {"s3", own, bucket(texted("k/own.conf", listens)), own + " " + tag, ""},
		"not permitted":    {"s3", own, nil, "", "FireWarden is not permitted to read it: the stack's parameter ConfigBuckets"},
		"denied":           {"s3", own, denied, "", "access denied (s3:GetObject"},
		"absent":           {"s3", own, bucket(nil), "", "it is not there"},
		"too large":        {"s3", own, bucket(texted("k/own.conf", string(make([]byte, s3config.MaxBytes+1)))), "", "larger than 4 MiB"},
		"no configuration": {"s3", own, bucket(texted("k/own.conf", "\x00")), "", own + ":1: not text"},
		"built in":         {"file", built, nil, built, ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := reconcile.ConfigFiles{}
			if c.s3 != nil {
				files.Objects = s3config.Store{API: c.s3}
			}
			d, err := newCloud(t).configured(t, files, named("shop", c.kind, c.value))
			if err != nil || d.Config == nil {
				t.Fatalf("%v, %v", d.Config, err)
			}
			if got := versions(d.Config); got != c.files {
				t.Errorf("files %q, want %q", got, c.files)
			}
			if got := gaps(d.Config); (c.missing == "") != (got == "") || !strings.Contains(got, c.missing) {
				t.Errorf("unknown %q, want %q", got, c.missing)
			}
		})
	}
}

func versions(c *rules.RouterConfig) string {
	var all []string
	for _, f := range c.Files {
		all = append(all, strings.TrimSpace(f.Name+" "+f.Version))
	}
	return strings.Join(all, ", ")
}

func gaps(c *rules.RouterConfig) string {
	var all []string
	for _, g := range c.Unknown {
		all = append(all, g.String())
	}
	return strings.Join(all, ", ")
}

// What nothing of an account holds is no gap that a person could close: the definition is judged as it stands.
func TestAFileInTheImageLeavesTheDefinitionAsItIs(t *testing.T) {
	d, err := newCloud(t).configured(t, reconcile.ConfigFiles{}, named("shop", "file", "/own.conf"))
	if err != nil || d.Config != nil {
		t.Errorf("%v, %v", d.Config, err)
	}
}

// What another try may mend is left for another delivery, and nothing is said of it.
func TestThrottlingOfAConfigFileIsTriedAgain(t *testing.T) {
	c, s3 := newCloud(t), bucket(texted("own.conf", listens))
	s3.Fail = func(call int) error {
		if call == 1 {
			return s3fake.Throttled()
		}
		return nil
	}
	c.stack.Enrichers = []reconcile.Enricher{reconcile.ConfigFiles{Objects: s3config.Store{API: s3}}}
	c.register(named("shop", "s3", "arn:aws:s3:::config/own.conf"))
	if failed := c.audit(registered("shop")); len(failed) != 1 || len(c.findings) > 0 {
		t.Fatalf("left for another delivery: %v; findings: %v", failed, c.findings)
	}
	c.run(registered("shop"))
	want(t, "notices", c.statuses(), []string{"reported task-definition/shop"})
	want(t, "rule", c.notices[0].Findings[0].Rule, "FL106")
}

// TestAGroupIsJudgedByTheConfigFilesOfItsUsers: an entry is as severe as what really listens behind it.
func TestAGroupIsJudgedByTheConfigFilesOfItsUsers(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"a listener": {listens, []string{"FL101 high"}},
		"none":       {"[OUTPUT]\n Name stdout\n Match *\n", []string{"FL101 medium"}},
		"a server":   {serves, []string{"FL101 medium", "FL105 medium"}},
	} {
		t.Run(name, func(t *testing.T) {
			cl := newCloud(t)
			files := reconcile.ConfigFiles{Objects: s3config.Store{API: bucket(texted("own.conf", c.text))}}
			g := cl.group("web", tcp(24224, 24224, "0.0.0.0/0", ""), tcp(2020, 2020, "0.0.0.0/0", ""))
			cl.service("web", cl.register(named("web", "s3", "arn:aws:s3:::config/own.conf")), g)
			inventory := cl.inventory()
			inventory.Definitions = files.Completing(ecstask.Store{API: cl.ecs}.Describe)
			users, err := inventory.UsersOf(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			group, err := ec2sg.Store{API: cl.ec2.Other()}.Group(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			group.Users = users
			var got []string
			for _, f := range rules.Evaluate(rules.All(), group, rules.Params{}) {
				got = append(got, f.Rule+" "+string(f.Severity))
			}
			if slices.Sort(got); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			cl.stack.Files = files
			cl.indexed()
			for _, look := range []string{"an event", "a sweep"} { // by the index
				cl.findings = nil
				if look == "an event" {
					cl.audit(opened(g))
				} else {
					cl.sweepOnly()
				}
				want(t, look, cl.severities("security-group/"+g), c.want)
			}
		})
	}
}

// severities are the findings about a resource that are on their way, as "FL101 high".
func (c *cloud) severities(ref string) []string {
	var all []string
	for _, body := range c.findings {
		if ev, err := trigger.Parse([]byte(body)); err == nil && ev.Finding.Resource == ref {
			all = append(all, ev.Finding.Rule+" "+string(ev.Finding.Severity))
		}
	}
	slices.Sort(all)
	return all
}

// A definition that cannot be described is not enriched, and its error is the caller's.
func TestCompletingPassesErrorsOn(t *testing.T) {
	_, err := reconcile.ConfigFiles{}.Completing(ecstask.Store{API: newCloud(t).ecs}.Describe)(t.Context(), "none")
	if !ecstask.IsNotFound(err) || errors.Unwrap(err) == nil {
		t.Error(err)
	}
}
