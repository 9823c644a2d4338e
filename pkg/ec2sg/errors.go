package ec2sg

import (
	"errors"

	"github.com/aws/smithy-go"
)

// The codes by which EC2 refuses. Sources: the EC2 API reference, "Error codes for the Amazon EC2 API"
// (docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html), marked ref; hashicorp/terraform-provider-aws
// internal/service/ec2/errors.go, marked tf; alchemy-run/distilled pull requests 608 and 623 (observed live), marked seen.
var (
	notFound = codes{
		"InvalidGroup.NotFound",                // ref: no such group, or a referenced one is gone
		"InvalidGroupId.Malformed",             // tf, seen: what cannot be an id names nothing
		"InvalidGroupId.NotFound",              // tf spells it so for some calls
		"InvalidSecurityGroupID.NotFound",      // ref
		"InvalidSecurityGroupId.NotFound",      // ref, of references
		"InvalidSecurityGroupRuleId.NotFound",  // seen: describe, modify and revoke by id
		"InvalidSecurityGroupRuleId.Malformed", // ref's general form of a bad id
		"InvalidPermission.NotFound",           // ref: revoke by values; moto: revoke by id too
		"InvalidPrefixListID.NotFound",         // tf
		"InvalidPrefixListId.NotFound",         // tf
		"InvalidVpcID.NotFound",                // ref
	}
	duplicate = codes{
		"InvalidPermission.Duplicate", // ref: authorize, and modify into an existing rule
	}
	ruleLimit = codes{
		"RulesPerSecurityGroupLimitExceeded", // ref
		"SecurityGroupLimitExceeded",         // ref
	}
	denied = codes{
		"UnauthorizedOperation", // ref: the policy does not allow it
		"AuthFailure",           // ref: "you might not be authorized to carry out the request"
		"AccessDenied",          // ref, of common errors
		"AccessDeniedException", // ref, of common errors
		"OperationNotPermitted", // ref: not permitted on this resource
	}
	throttled = codes{
		"RequestLimitExceeded", // ref: EC2's own
		"Throttling",           // ref, of common errors
		"ThrottlingException",  // smithy's common form
		"EC2ThrottledException",
		"TooManyRequestsException",
	}
	invalid = codes{
		"InvalidParameterValue",       // ref; also a source of another kind in modify, seen: a CIDR with host bits in modify
		"InvalidParameterCombination", // ref
		"InvalidParameter",            // ref
		"MissingParameter",            // ref
		"InvalidPermission.Malformed", // ref
		"TagLimitExceeded",            // ref
		"UnknownParameter",            // ref
	}
)

type codes []string

// errNoGroup and errUnknownPermission are answers that say "not found" without being errors.
var (
	errNoGroup           = &smithy.GenericAPIError{Code: "InvalidGroup.NotFound", Message: "no group answers to it", Fault: smithy.FaultClient}
	errUnknownPermission = &smithy.GenericAPIError{
		Code: "InvalidPermission.NotFound", Message: "the answer lists it among UnknownIpPermissions", Fault: smithy.FaultClient,
	}
)

// IsNotFound says that EC2 knows no such group, rule, permission or prefix list. After a change: read again and plan again.
func IsNotFound(err error) bool { return notFound.has(err) }

// IsDuplicate says that the group has such an entry already. Read again and plan again.
func IsDuplicate(err error) bool { return duplicate.has(err) }

// IsRuleLimit says that the quota of entries of the group is used up. Nothing was changed.
func IsRuleLimit(err error) bool { return ruleLimit.has(err) }

// IsDenied says that the caller may not do it.
func IsDenied(err error) bool { return denied.has(err) }

// IsThrottled says that there were too many calls. Try later.
func IsThrottled(err error) bool { return throttled.has(err) }

// IsInvalid says that EC2 will never take the call as it is. Nothing was changed.
func IsInvalid(err error) bool { return invalid.has(err) }

func (c codes) has(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, code := range c {
		if api.ErrorCode() == code {
			return true
		}
	}
	return false
}
