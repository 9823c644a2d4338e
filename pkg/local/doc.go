// Package local is the local cloud: a whole FireWarden stack on one machine, without an AWS account.
//
// Floor 2. This package finds the Python environment and runs the moto server. Package cloudtrail puts the CloudTrail that moto lacks
// in front of it, and package deployments ECS's deployment controller; package lambdahost runs the built functions as AWS Lambda
// would, and package cloud makes the template's own resources and puts all of it together. Where the emulator is not AWS is listed in docs/emulator.md.
package local
