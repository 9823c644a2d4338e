// Package report renders findings and rules as text for people and as JSON for machines.
//
// Floor 2. It is pure: values in, bytes out. Names that a resource's author chose are data here: no text for people lets them
// move a cursor, end a line or turn the direction of writing.
package report
