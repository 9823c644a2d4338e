package ec2sg_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

// entry is an entry with everything that must not get lost, and what must be left behind.
func entry() types.SecurityGroupRule {
	return types.SecurityGroupRule{
		SecurityGroupRuleId: aws.String("sgr-1"), IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24000), ToPort: aws.Int32(25000),
		Description: aws.String("log shippers"),
		ReferencedGroupInfo: &types.ReferencedSecurityGroup{
			GroupId: aws.String("sg-2"), UserId: aws.String("210987654321"), VpcId: aws.String("vpc-2"), VpcPeeringConnectionId: aws.String("pcx-1"),
		},
		Tags: []types.Tag{
			{Key: aws.String("AWS:cloudformation:stack-name"), Value: aws.String("web")},
			{Key: aws.String("team"), Value: aws.String("logs")},
		},
	}
}

// answers is an EC2 that records what it is sent and answers changes with what it is told.
type answers struct {
	*ec2fake.Cloud
	sent    any
	refuse  bool
	unknown []types.IpPermission
}

func (a *answers) AuthorizeSecurityGroupIngress(_ context.Context, in *ec2.AuthorizeSecurityGroupIngressInput, _ ...func(*ec2.Options)) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	a.sent = in
	return &ec2.AuthorizeSecurityGroupIngressOutput{Return: aws.Bool(!a.refuse)}, nil
}

func (a *answers) ModifySecurityGroupRules(_ context.Context, in *ec2.ModifySecurityGroupRulesInput, _ ...func(*ec2.Options)) (*ec2.ModifySecurityGroupRulesOutput, error) {
	a.sent = in
	return &ec2.ModifySecurityGroupRulesOutput{Return: aws.Bool(!a.refuse)}, nil
}

func (a *answers) RevokeSecurityGroupIngress(_ context.Context, in *ec2.RevokeSecurityGroupIngressInput, _ ...func(*ec2.Options)) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	a.sent = in
	return &ec2.RevokeSecurityGroupIngressOutput{Return: aws.Bool(!a.refuse), UnknownIpPermissions: a.unknown}, nil
}

func steps() map[plan.Op]plan.Step {
	e := entry()
	return map[plan.Op]plan.Step{
		plan.Authorize: {Op: plan.Authorize, After: &e},
		plan.Modify:    {Op: plan.Modify, Before: &e, After: &e},
		plan.Revoke:    {Op: plan.Revoke, Before: &e},
	}
}

func TestApplySends(t *testing.T) {
	group := aws.String("sg-1")
	want := map[plan.Op]any{
		plan.Authorize: &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: group,
			IpPermissions: []types.IpPermission{{
				IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24000), ToPort: aws.Int32(25000),
				UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: aws.String("sg-2"), Description: aws.String("log shippers")}},
			}},
			TagSpecifications: []types.TagSpecification{{
				ResourceType: types.ResourceTypeSecurityGroupRule,
				Tags:         []types.Tag{{Key: aws.String("team"), Value: aws.String("logs")}},
			}},
		},
		plan.Modify: &ec2.ModifySecurityGroupRulesInput{
			GroupId: group,
			SecurityGroupRules: []types.SecurityGroupRuleUpdate{{
				SecurityGroupRuleId: aws.String("sgr-1"),
				SecurityGroupRule: &types.SecurityGroupRuleRequest{
					IpProtocol: aws.String("tcp"), FromPort: aws.Int32(24000), ToPort: aws.Int32(25000),
					ReferencedGroupId: aws.String("sg-2"), Description: aws.String("log shippers"),
				},
			}},
		},
		plan.Revoke: &ec2.RevokeSecurityGroupIngressInput{GroupId: group, SecurityGroupRuleIds: []string{"sgr-1"}},
	}
	blind := cmpopts.IgnoreUnexported(
		ec2.AuthorizeSecurityGroupIngressInput{}, ec2.ModifySecurityGroupRulesInput{}, ec2.RevokeSecurityGroupIngressInput{},
		types.IpPermission{}, types.UserIdGroupPair{}, types.TagSpecification{}, types.Tag{}, types.SecurityGroupRuleUpdate{}, types.SecurityGroupRuleRequest{},
	)
	for op, step := range steps() {
		a := &answers{}
		if err := (ec2sg.Store{API: a}).Apply(t.Context(), "sg-1", step); err != nil {
			t.Errorf("%s: %v", op, err)
		}
		if diff := cmp.Diff(want[op], a.sent, blind); diff != "" {
			t.Errorf("%s sent (-want +got)\n%s", op, diff)
		}
	}
}

func TestAnAnswerOfFalseIsAnError(t *testing.T) {
	for op, step := range steps() {
		if err := (ec2sg.Store{API: &answers{refuse: true}}).Apply(t.Context(), "sg-1", step); err == nil {
			t.Errorf("%s, answered with Return false, is no error", op)
		}
	}
}

func TestUnknownPermissionsAreNotFound(t *testing.T) {
	a := &answers{unknown: []types.IpPermission{{}}}
	err := (ec2sg.Store{API: a}).Apply(t.Context(), "sg-1", steps()[plan.Revoke])
	if !ec2sg.IsNotFound(err) {
		t.Errorf("answered with %v", err)
	}
}

func TestApplyRefusesHalfSteps(t *testing.T) {
	e := entry()
	nameless := e
	nameless.SecurityGroupRuleId = nil
	for name, step := range map[string]plan.Step{
		"nothing":                 {},
		"an unknown operation":    {Op: "replace", Before: &e, After: &e},
		"authorize nothing":       {Op: plan.Authorize},
		"modify nothing":          {Op: plan.Modify, After: &e},
		"modify to nothing":       {Op: plan.Modify, Before: &e},
		"revoke without an id":    {Op: plan.Revoke, Before: &nameless},
		"modify without a former": {Op: plan.Modify, Before: &nameless, After: &e},
	} {
		a := &answers{}
		if err := (ec2sg.Store{API: a}).Apply(t.Context(), "sg-1", step); err == nil || a.sent != nil {
			t.Errorf("%s: error %v, sent %v", name, err, a.sent)
		}
		if ec2sg.Shows(rules.Group{}, step) {
			t.Errorf("%s shows", name)
		}
	}
}

func TestAReadThatFailsOnASecondPageFails(t *testing.T) {
	c := ec2fake.New(ec2fake.Settings{PageSize: 1})
	s := ec2sg.Store{API: c}
	id, err := s.DefaultGroup(t.Context(), ec2fake.DefaultVPC)
	if err != nil {
		t.Fatal(err)
	}
	c.FailAt(ec2fake.NthOf("DescribeSecurityGroupRules", 2), ec2fake.Fault{Err: ec2fake.Throttled()})
	if _, err := s.Group(t.Context(), id); !ec2sg.IsThrottled(err) {
		t.Errorf("answered with %v", err)
	}
}

func TestSettledWhileReadsLag(t *testing.T) {
	c := ec2fake.New(ec2fake.Settings{})
	s := ec2sg.Store{API: c}
	id, err := s.DefaultGroup(t.Context(), ec2fake.DefaultVPC)
	if err != nil {
		t.Fatal(err)
	}
	c.Set(func(s *ec2fake.Settings) { s.Lag = 2 }) // one read of a group is two calls
	e := types.SecurityGroupRule{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(1), ToPort: aws.Int32(2), CidrIpv4: aws.String("192.0.2.0/24")}
	step := plan.Step{Op: plan.Authorize, After: &e}
	if err := s.Apply(t.Context(), id, step); err != nil {
		t.Fatal(err)
	}
	for read, want := range []bool{false, true} {
		if _, shows, err := s.Settled(t.Context(), id, step); err != nil || shows != want {
			t.Errorf("read %d: shows %v, error %v", read, shows, err)
		}
	}
}

func TestErrorQuestions(t *testing.T) {
	questions := map[string]func(error) bool{
		"not found": ec2sg.IsNotFound, "duplicate": ec2sg.IsDuplicate, "rule limit": ec2sg.IsRuleLimit,
		"denied": ec2sg.IsDenied, "throttled": ec2sg.IsThrottled, "invalid": ec2sg.IsInvalid,
	}
	for code, yes := range map[string]string{
		"InvalidGroup.NotFound":               "not found",
		"InvalidGroupId.Malformed":            "not found",
		"InvalidSecurityGroupRuleId.NotFound": "not found",
		"InvalidPermission.NotFound":          "not found",
		"InvalidPermission.Duplicate":         "duplicate",
		"RulesPerSecurityGroupLimitExceeded":  "rule limit",
		"UnauthorizedOperation":               "denied",
		"RequestLimitExceeded":                "throttled",
		"InvalidParameterValue":               "invalid",
		"InternalError":                       "",
		"ServiceUnavailable":                  "",
	} {
		err := fmt.Errorf("revoking: %w", &smithy.OperationError{ServiceID: "EC2", Err: &smithy.GenericAPIError{Code: code}})
		for name, is := range questions {
			if is(err) != (name == yes) {
				t.Errorf("%s is %s: %v", code, name, is(err))
			}
		}
	}
	for name, is := range questions {
		if is(nil) || is(errors.New("InvalidGroup.NotFound")) || is(ec2fake.TimedOut()) {
			t.Errorf("%s is said of what is no answer of EC2", name)
		}
	}
}
