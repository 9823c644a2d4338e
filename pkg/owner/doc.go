// Package owner (floor 2) tells which tool keeps the source of a task definition or a security group, and writes a plan as a
// snippet in that tool's language. It reads what was already read; it calls nothing and changes nothing.
package owner
