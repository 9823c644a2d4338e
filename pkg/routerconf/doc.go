// Package routerconf reads the configuration files of FireLens routers: Fluent Bit's classic and YAML form, and Fluentd's.
//
// Floor 1. It is pure: who calls it opens the files. What a file cannot tell (a variable that only the running container
// knows, an include outside) is marked unknown, never guessed, and no error quotes a value, which may be a secret.
//
// The parsers are the package's own. The Go libraries found for these formats (calyptia/go-fluentbit-config above all) keep no
// line numbers, read neither @INCLUDE nor @SET, and reject files that Fluent Bit takes; none reads Fluentd's.
package routerconf
