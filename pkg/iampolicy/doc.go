// Package iampolicy evaluates IAM policies as the user guide has it ("Policy evaluation logic"), as far as SimulatePrincipalPolicy
// does for a role: its policies and its permissions boundary, and no resource's policy.
//
// Variables in policies are taken as written.
//
// Floor 1. The strict fake of pkg/iamrole and the local cloud answer by it, so that both say the same; nothing that is deployed does.
package iampolicy
