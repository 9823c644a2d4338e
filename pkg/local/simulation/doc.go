// Package simulation answers SimulatePrincipalPolicy where the emulator has none: from the policies that a role has there, by the
// evaluation of pkg/iampolicy.
//
// Floor 2, a part of the local cloud. It simulates roles only.
package simulation
