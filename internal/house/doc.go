// Package house holds the tests that guard the house's own rules: the floors of its packages and what they may know.
package house
