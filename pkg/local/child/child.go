// Package child runs the processes of the local cloud so that none outlives it.
//
// Floor 2, a part of package local. Each child leads a process group of its own, which is ended as a whole; where the system
// can do so (Linux), it also ends the child when this process is killed.
package child

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// grace is how long a process group may take to end by itself.
const grace = 2 * time.Second

// Process is a running child.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start starts cmd, whose SysProcAttr it sets. Write cmd.Stdout and cmd.Stderr before. The error is exec's.
func Start(cmd *exec.Cmd) (*Process, error) {
	p := &Process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run keeps its thread until the child has ended: the signal of a parent's death is sent when the *thread* that forked
// ends, not the process (prctl(2), golang/go#27505).
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p.cmd.SysProcAttr = attributes()
	p.cmd.WaitDelay = grace
	if err := p.cmd.Start(); err != nil {
		started <- err
		return
	}
	started <- nil
	p.err = p.cmd.Wait()
	close(p.done)
}

// PID is the child's process id, which is also its process group's.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the child ended. It may be asked when Done is closed.
func (p *Process) Err() error { return p.err }

// Stop asks the child's process group to end, insists after two seconds, and returns when the child has ended. It may be
// called more than once, also on a child that ended by itself: what it left behind in its group is ended.
func (p *Process) Stop() {
	signalGroup(p.cmd, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(grace):
	}
	signalGroup(p.cmd, syscall.SIGKILL)
	<-p.done
}
