package rules_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/iampolicy"
	"github.com/firewarden/firewarden/pkg/rules"
)

func found(t *testing.T, f fixture) rules.Finding {
	t.Helper()
	rule, _ := rules.Find(f.rule)
	all := rules.Evaluate([]rules.Rule{rule}, f.load(t), rules.Params{})
	if len(all) != 1 {
		t.Fatalf("%s: %d findings", f, len(all))
	}
	return all[0]
}

func TestAFindingProposesThePolicyThatWouldMendIt(t *testing.T) {
	for path, want := range map[string]string{
		"FL402/bad/firehose":                             `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["firehose:PutRecordBatch"],"Resource":["arn:aws:firehose:eu-central-1:123456789012:deliverystream/shop-logs"]}]}`,
		"FL402/bad/log-group-that-is-not-there-yet":      `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup"],"Resource":["arn:aws:logs:eu-central-1:123456789012:log-group:/shop/app:*"]}]}`,
		"FL402/bad/denied-by-a-statement":                "", // no policy more would
		"FL402/bad/gone":                                 `"Action":["firehose:PutRecordBatch"]`,
		"FL404/bad/create-group-with-the-managed-policy": `"Action":["logs:CreateLogGroup"]`,
	} {
		rule, _, _ := strings.Cut(path, "/")
		evidence := strings.Join(found(t, fixture{rule: rule, path: "testdata/" + path}).Evidence, "\n")
		if !strings.Contains(evidence, want) || want == "" && strings.Contains(evidence, "Statement") {
			t.Errorf("%s: %s, want %s", path, evidence, want)
		}
	}
}

func TestWhatIsSaidOfARole(t *testing.T) {
	for path, want := range map[string]string{
		"FL402/bad/firehose":                      "the task role does not allow firehose:PutRecordBatch on arn:aws:firehose:eu-central-1:123456789012:deliverystream/shop-logs, for which container app (kinesis_firehose) asks: records are lost",
		"FL402/bad/gone":                          "there is no task role arn:aws:iam::123456789012:role/shop-task: no task of this definition can start",
		"FL402/bad/hangs-on-a-condition":          "that hangs on aws:SourceVpce",
		"FL402/bad/another-accounts-role":         "the task role is another account's",
		"FL404/bad/secret-whose-policy-may-allow": "no policy of the role does; the secret's policy may",
		"FL402/bad/role-that-may-trust-this-one":  "the other role's trust policy may",
		"FL402/bad/not-asked":                     "simulation is not available",
		"FL402/bad/asked-about-another-stream":    "IAM was not asked about it yet",
		"FL402/bad/log-group-from-a-variable":     "does not tell the whole ARN",
		"FL404/bad/create-group-on-ec2":           "the instance's role may serve",
		"FL404/bad/ecr-token":                     "does not allow ecr:GetAuthorizationToken on *",
	} {
		rule, _, _ := strings.Cut(path, "/")
		if f := found(t, fixture{rule: rule, path: "testdata/" + path}); !strings.Contains(f.Message, want) {
			t.Errorf("%s: %s, want %s", path, f.Message, want)
		}
	}
}

// What the execution role must allow, as "action on resource", from parts of a container.
func TestExecutionActions(t *testing.T) {
	for name, c := range map[string]struct{ container, want string }{
		"nothing":      {`"image": "public.ecr.aws/x/y:1"`, ""},
		"ECR in China": {`"image": "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a/b@sha256:ab"`, "ecr:GetAuthorizationToken on *, ecr:BatchCheckLayerAvailability on R, ecr:GetDownloadUrlForLayer on R, ecr:BatchGetImage on R"},
		"ECR by its newer name": {
			`"image": "123456789012.dkr-ecr.eu-west-1.on.aws/a:1"`,
			"ecr:GetAuthorizationToken on *, ecr:BatchCheckLayerAvailability on W, ecr:GetDownloadUrlForLayer on W, ecr:BatchGetImage on W",
		},
		"ECR of a placeholder": {
			`"image": "<account>.dkr.ecr.eu-west-1.amazonaws.com/a:1"`,
			"ecr:GetAuthorizationToken on *, ecr:BatchCheckLayerAvailability on P, ecr:GetDownloadUrlForLayer on P, ecr:BatchGetImage on P",
		},
		"awslogs": {
			`"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "eu-west-1", "awslogs-create-group": "false"}}`,
			"logs:CreateLogStream on arn:aws:logs:eu-west-1:*:log-group:g:*, logs:PutLogEvents on arn:aws:logs:eu-west-1:*:log-group:g:*",
		},
		"a group that is to be made": {
			`"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "${G}", "awslogs-region": "us-gov-west-1", "awslogs-create-group": "TRUE"}}`,
			"logs:CreateLogStream on arn:aws-us-gov:logs:us-gov-west-1:*:log-group:*:*, logs:PutLogEvents on arn:aws-us-gov:logs:us-gov-west-1:*:log-group:*:*, " +
				"logs:CreateLogGroup on arn:aws-us-gov:logs:us-gov-west-1:*:log-group:*:*",
		},
		"secrets": {
			`"secrets": [{"name": "A", "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-a1b2c3:key:AWSCURRENT:"}, {"name": "B", "valueFrom": "token"},
				{"name": "C", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/p"}]`,
			"secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-a1b2c3, ssm:GetParameters on arn:aws:ssm:*:*:parameter/token, " +
				"ssm:GetParameters on arn:aws:ssm:eu-west-1:123456789012:parameter/p",
		},
		"placeholders": {
			`"secrets": [{"name": "A", "valueFrom": "arn:aws:secretsmanager:${AWS::Region}:<account>:secret:s-a1b2c3"}, {"name": "B", "valueFrom": "arn:${AWS::Partition}:ssm:$region:{{ account }}:parameter/p"},
				{"name": "C", "valueFrom": "arn:aws:ssm:${rest}"}], "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b-${Env}/x/${Env}.env"}]`,
			"secretsmanager:GetSecretValue on arn:aws:secretsmanager:*:*:secret:s-a1b2c3, ssm:GetParameters on arn:aws:ssm:*:*:parameter/p, ssm:GetParameters on *, " +
				"s3:GetObject on arn:aws:s3:::b-*/x/*.env, s3:GetBucketLocation on arn:aws:s3:::b-*",
		},
		"a registry": {
			`"repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:r-a1b2c3"}`,
			"secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:r-a1b2c3",
		},
		"environment files": {`"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/x.env"}]`, "s3:GetObject on arn:aws:s3:::b/x.env, s3:GetBucketLocation on arn:aws:s3:::b"},
		"the configuration": {
			`"firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "s3", "config-file-value": "arn:aws:s3:::b/x.conf"}}`,
			"s3:GetObject on arn:aws:s3:::b/x.conf",
		},
	} {
		d := definition(t, []byte(`{"family": "shop", "containerDefinitions": [{"name": "c", `+c.container+`}]}`))
		var all []string
		for _, a := range d.ExecutionActions() {
			all = append(all, a.Name+" on "+a.Resource)
		}
		for short, arn := range map[string]string{"R": "aws-cn:ecr:cn-north-1:123456789012:repository/a/b", "W": "aws:ecr:eu-west-1:123456789012:repository/a", "P": "aws:ecr:*:*:repository/a"} {
			c.want = strings.ReplaceAll(c.want, " on "+short, " on arn:"+arn)
		}
		if got := strings.Join(all, ", "); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// The policy of a file is the role's account's, where the file tells that.
func TestNeededActionsAreTheRolesAccounts(t *testing.T) {
	for role, want := range map[string]string{
		"arn:aws:iam::123456789012:role/x":        "arn:aws:firehose:eu-west-1:123456789012:deliverystream/s",
		"arn:aws-us-gov:iam::123456789012:role/x": "arn:aws-us-gov:firehose:eu-west-1:123456789012:deliverystream/s",
		"arn:aws:iam::XXXXXXXXXXXX:role/x":        "arn:aws:firehose:eu-west-1:*:deliverystream/s",
		"arn:aws:iam::<account>:role/x":           "arn:aws:firehose:eu-west-1:*:deliverystream/s",
		"x":                                       "arn:aws:firehose:eu-west-1:*:deliverystream/s",
		"":                                        "arn:aws:firehose:eu-west-1:*:deliverystream/s",
	} {
		d := definition(t, []byte(`{"family": "shop", "taskRoleArn": "`+role+`", "containerDefinitions": [
			{"name": "router", "image": "x:1", "firelensConfiguration": {"type": "fluentbit"}},
			{"name": "app", "image": "y:1", "logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "firehose", "region": "eu-west-1", "delivery_stream": "s"}}}]}`))
		if got := d.Owned(d.TaskRole(), d.TaskActions()); len(got) != 1 || got[0].Resource != want {
			t.Errorf("%s: %v, want %s", role, got, want)
		}
	}
}

// IAM takes what is needed by each fixture, placeholders or not.
func TestIAMTakesThePolicyOfEachFixture(t *testing.T) {
	policies := 0
	for _, f := range fixtures(t) {
		d, ok := f.load(t).(rules.Definition)
		if !ok {
			continue
		}
		for _, actions := range [][]rules.Action{d.Owned(d.TaskRole(), d.TaskActions()), d.Owned(d.ExecutionRole(), d.ExecutionActions())} {
			if len(actions) == 0 {
				continue
			}
			policies++
			if _, err := iampolicy.Parse(rules.NeededPolicy(actions).String()); err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
	}
	if policies < 100 {
		t.Errorf("only %d policies", policies)
	}
}

func TestAPolicyIsWrittenAsIAMTakesIt(t *testing.T) {
	p := rules.NeededPolicy([]rules.Action{
		{Name: "s3:PutObject", Resource: "a"},
		{Name: "s3:PutObject", Resource: "b"},
		{Name: "logs:PutLogEvents", Resource: "c"},
		{Name: "logs:CreateLogStream", Resource: "c"},
		{Name: "logs:PutLogEvents", Resource: "c"},
	})
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutObject"],"Resource":["a","b"]},{"Effect":"Allow","Action":["logs:PutLogEvents","logs:CreateLogStream"],"Resource":["c"]}]}`
	if got := p.String(); got != want || !json.Valid([]byte(got)) {
		t.Errorf("%s, want %s", got, want)
	}
}
