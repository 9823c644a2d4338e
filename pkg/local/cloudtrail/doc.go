// Package cloudtrail is the CloudTrail that the emulator lacks: a proxy that passes every call on and turns each change into the
// record that CloudTrail would send to EventBridge.
//
// Floor 2, a part of package local. The records have the shapes that CloudTrail really sends (lower-camel parameters, lists
// as {"items": […]}, EC2's exceptions to both), whatever client made the call, wanted or not; which of them matter is for the
// patterns of the template to decide. The proxy also keeps a log of all calls, so that tests can count them.
package cloudtrail
