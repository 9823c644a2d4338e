//go:build !race

package reconcile_test

// share is how many of the many cases are played: all.
const share = 1
