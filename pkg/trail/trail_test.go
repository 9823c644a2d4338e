package trail

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"
)

// account is a CloudTrail with at most one trail.
type account struct {
	trails    []types.Trail
	logging   bool
	selectors cloudtrail.GetEventSelectorsOutput
	deny      bool
}

func (a account) DescribeTrails(context.Context, *cloudtrail.DescribeTrailsInput, ...func(*cloudtrail.Options)) (*cloudtrail.DescribeTrailsOutput, error) {
	return &cloudtrail.DescribeTrailsOutput{TrailList: a.trails}, nil
}

func (a account) GetTrailStatus(context.Context, *cloudtrail.GetTrailStatusInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error) {
	if a.deny {
		return nil, &smithy.GenericAPIError{Code: "AccessDeniedException"}
	}
	return &cloudtrail.GetTrailStatusOutput{IsLogging: &a.logging}, nil
}

func (a account) GetEventSelectors(context.Context, *cloudtrail.GetEventSelectorsInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetEventSelectorsOutput, error) {
	return &a.selectors, nil
}

func TestLogging(t *testing.T) {
	one := []types.Trail{{Name: aws.String("main"), TrailARN: aws.String("arn:aws:cloudtrail:eu-west-1:123456789012:trail/main")}}
	basic := func(management bool, rw types.ReadWriteType) cloudtrail.GetEventSelectorsOutput {
		return cloudtrail.GetEventSelectorsOutput{EventSelectors: []types.EventSelector{{IncludeManagementEvents: &management, ReadWriteType: rw}}}
	}
	advanced := func(fields ...types.AdvancedFieldSelector) cloudtrail.GetEventSelectorsOutput {
		return cloudtrail.GetEventSelectorsOutput{AdvancedEventSelectors: []types.AdvancedEventSelector{{FieldSelectors: fields}}}
	}
	category := func(c string) types.AdvancedFieldSelector {
		return types.AdvancedFieldSelector{Field: aws.String("eventCategory"), Equals: []string{c}}
	}
	readOnly := types.AdvancedFieldSelector{Field: aws.String("readOnly"), Equals: []string{"true"}}
	cases := []struct {
		name string
		in   account
		ok   bool
		why  string
	}{
		{"no trail", account{}, false, "there is no trail"},
		{"a trail that is off", account{trails: one}, false, "trail main is not logging"},
		{"a trail without selectors logs all", account{trails: one, logging: true}, true, ""},
		{"all management events", account{trails: one, logging: true, selectors: basic(true, types.ReadWriteTypeAll)}, true, ""},
		{"writes only", account{trails: one, logging: true, selectors: basic(true, types.ReadWriteTypeWriteOnly)}, true, ""},
		{"reads only", account{trails: one, logging: true, selectors: basic(true, types.ReadWriteTypeReadOnly)}, false, "trail main does not log write management events"},
		{"data events only", account{trails: one, logging: true, selectors: basic(false, types.ReadWriteTypeAll)}, false, "trail main does not log write management events"},
		{"advanced: management", account{trails: one, logging: true, selectors: advanced(category("Management"))}, true, ""},
		{"advanced: management reads", account{trails: one, logging: true, selectors: advanced(category("Management"), readOnly)}, false, "trail main does not log write management events"},
		{"advanced: data", account{trails: one, logging: true, selectors: advanced(category("Data"))}, false, "trail main does not log write management events"},
		{"another account's, not to be looked into", account{trails: one, deny: true}, true, ""},
	}
	for _, c := range cases {
		ok, why, err := Checker{Client: c.in}.Logging(t.Context())
		if err != nil || ok != c.ok || why != c.why {
			t.Errorf("%s: got %v, %q, %v; want %v, %q", c.name, ok, why, err, c.ok, c.why)
		}
	}
}
