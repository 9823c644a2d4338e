//go:build unix

package child_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/local/child"
)

// asParent makes this test binary the parent that is killed.
const asParent = "FIREWARDEN_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(asParent) == "" {
		os.Exit(m.Run())
	}
	cmd := exec.Command("sleep", "600")
	p, err := child.Start(cmd)
	if err != nil {
		os.Exit(3)
	}
	os.Stdout.WriteString(strconv.Itoa(p.PID()) + "\n")
	<-p.Done()
}

func TestStopEndsGrandchildrenToo(t *testing.T) {
	cmd := exec.Command("sh", "-c", "trap '' TERM; sleep 600 & echo started; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	p.Stop()
	if !gone(-p.PID()) {
		t.Errorf("process group %d lives on after Stop", p.PID())
	}
	p.Stop() // a second Stop does nothing
}

func TestChildEndsWithAKilledParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells a child of its parent's death")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	parent := exec.Command(self)
	parent.Env = append(os.Environ(), asParent+"=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	if !gone(pid) {
		t.Errorf("child %d outlives its killed parent", pid)
	}
}

// gone waits until no process answers to pid (a group, where negative) but for a zombie that nobody reaps.
func gone(pid int) bool {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) {
			return true
		}
	}
	return false
}

func zombie(pid int) bool {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(max(pid, -pid)) + "/status")
	return err == nil && strings.Contains(string(status), "State:\tZ")
}
