// Package trail asks CloudTrail whether the calls that FireWarden waits for are logged: EventBridge delivers "AWS API Call via
// CloudTrail" events only where a trail that logs write management events is on.
//
// Floor 2.
package trail

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"
)

// API is what Checker needs of CloudTrail. IAM: cloudtrail:DescribeTrails, GetTrailStatus, GetEventSelectors.
type API interface {
	DescribeTrails(context.Context, *cloudtrail.DescribeTrailsInput, ...func(*cloudtrail.Options)) (*cloudtrail.DescribeTrailsOutput, error)
	GetTrailStatus(context.Context, *cloudtrail.GetTrailStatusInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error)
	GetEventSelectors(context.Context, *cloudtrail.GetEventSelectorsInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetEventSelectorsOutput, error)
}

// Checker looks at an account's trails.
type Checker struct{ Client API }

// Logging says whether some trail that covers this Region is logging write management events. Where none is, it says why: what
// was found. Shadow trails (organization trails, other Regions' multi-Region trails) count. A trail that this account may not
// look into, such as an organization's, is taken to log: what cannot be known is not reported as missing.
func (c Checker) Logging(ctx context.Context) (bool, string, error) {
	out, err := c.Client.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return false, "", fmt.Errorf("listing trails: %w", err)
	}
	why := "there is no trail"
	for _, t := range out.TrailList {
		ok, reason, err := c.logs(ctx, t)
		if ok || err != nil {
			return ok, "", err
		}
		why = reason
	}
	return false, why, nil
}

func (c Checker) logs(ctx context.Context, t types.Trail) (bool, string, error) {
	status, err := c.Client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: t.TrailARN})
	if denied(err) {
		return true, "", nil
	}
	if err != nil {
		return false, "", fmt.Errorf("reading the status of trail %s: %w", aws.ToString(t.Name), err)
	}
	if !aws.ToBool(status.IsLogging) {
		return false, "trail " + aws.ToString(t.Name) + " is not logging", nil
	}
	selectors, err := c.Client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: t.TrailARN})
	if denied(err) {
		return true, "", nil
	}
	if err != nil {
		return false, "", fmt.Errorf("reading the event selectors of trail %s: %w", aws.ToString(t.Name), err)
	}
	if writes(selectors) {
		return true, "", nil
	}
	return false, "trail " + aws.ToString(t.Name) + " does not log write management events", nil
}

// writes says whether selectors let write management events through. A trail without selectors logs them all.
func writes(s *cloudtrail.GetEventSelectorsOutput) bool {
	if len(s.EventSelectors) == 0 && len(s.AdvancedEventSelectors) == 0 {
		return true
	}
	for _, e := range s.EventSelectors {
		if aws.ToBool(e.IncludeManagementEvents) && e.ReadWriteType != types.ReadWriteTypeReadOnly {
			return true
		}
	}
	return slices.ContainsFunc(s.AdvancedEventSelectors, advanced)
}

// advanced says whether an advanced selector takes management events and does not leave out the writes.
func advanced(s types.AdvancedEventSelector) bool {
	management := false
	for _, f := range s.FieldSelectors {
		switch aws.ToString(f.Field) {
		case "eventCategory":
			management = slices.Contains(f.Equals, "Management")
		case "readOnly":
			if slices.Contains(f.Equals, "true") {
				return false
			}
		}
	}
	return management
}

// denied says whether CloudTrail refused to tell: the trail is another account's.
func denied(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains([]string{"AccessDeniedException", "AccessDenied", "TrailNotFoundException"}, api.ErrorCode())
}
