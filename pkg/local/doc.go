// Package local is the local cloud: a whole FireWarden stack on one machine, without an AWS account.
//
// Floor 2. Its one job is to make the template's own resources out of its SAM translation on a moto server, to put the
// CloudTrail that moto lacks in front of it (package trail), and to run the built functions behind their queues as AWS Lambda
// would (package lambdahost). [Up] starts all of it, [Cloud.Close] ends all of it. Where the emulator is not AWS is listed in
// docs/emulator.md.
package local
