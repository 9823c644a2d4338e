// Command firewarden looks at FireLens setups in files, explains its rules, reads a deployed stack's ledger and undoes what was
// remediated, and runs the local cloud.
//
// Floor 4: flags, files and exit codes. Data goes to stdout, talk to stderr.
package main

import (
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}
