// Package ec2sg reads and changes security groups, one ingress entry at a time.
//
// Floor 2. It turns [plan.Step]s into EC2 calls and EC2's answers into [rules.Group]s; it decides nothing: the order of
// steps, reading again and trying again belong to pkg/reconcile. What an error means is asked with IsNotFound, IsDuplicate,
// IsRuleLimit, IsDenied, IsThrottled and IsInvalid.
//
// The strict fake is pkg/ec2sg/ec2fake; the suite that it and the local cloud pass is pkg/ec2sg/ec2conformance.
package ec2sg
