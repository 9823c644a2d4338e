// Package ecsconformance holds one suite of cases about task definitions, services, tasks, and the way from a security group
// to its FireLens users and back. It runs on the strict fake and on the local cloud's emulator, so that each is known to
// behave as the other; where the emulator is not AWS, the case names its row in docs/emulator.md.
package ecsconformance
