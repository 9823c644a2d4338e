// Package source turns the bytes of files into the resources that rules judge, with the line of every place in them.
//
// Floor 1. It is pure: who calls it opens the files. What a file cannot tell (a template placeholder, a value of the wrong
// type, a missing half) is marked in [rules.Definition.Unknown]; it is never guessed.
package source
