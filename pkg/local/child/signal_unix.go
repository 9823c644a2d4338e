//go:build unix

package child

import (
	"os/exec"
	"syscall"
)

// signalGroup ignores its error: the group may have ended already.
func signalGroup(cmd *exec.Cmd, sig syscall.Signal) { _ = syscall.Kill(-cmd.Process.Pid, sig) }
