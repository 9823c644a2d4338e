// Package e2e holds the tests of the whole: the built functions on the local cloud, with real clients.
package e2e
