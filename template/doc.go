// Package template holds the tests of template.yaml and of events/. It has no code of its own.
//
// What is asserted is what SAM makes of the template, because that is what CloudFormation gets. Much of it the emulator does
// not mind and AWS does: it delivers without a queue policy, to a queue that nobody could decrypt, under any role.
package template
