// Package source turns the bytes of files into the resources that rules judge, with the line of every place in them.
//
// Floor 1. It is pure: who calls it opens the files. What a file cannot tell (a template placeholder, a value of the wrong
// type, a missing half, what exists after deployment only) is marked in [rules.Definition.Unknown]; it is never guessed. Of the
// security groups of a CloudFormation template there are two readings: what is sure, and the widest of what may be. What a rule
// finds in the widest one alone is unknown ([Resource.Evaluate]). Of a definition there is one reading for each way in which conditions may
// turn out that nothing decides.
package source
