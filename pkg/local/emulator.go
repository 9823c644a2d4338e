package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/firewarden/firewarden/pkg/local/child"
)

// loopback is the only address that anything of the local cloud listens on.
const loopback = "127.0.0.1"

// Emulator is a running moto server, without the CloudTrail proxy. It knows nothing when it starts.
type Emulator struct {
	// URL is the endpoint of every service: "http://127.0.0.1:43211". Any credentials will do.
	URL  string
	proc *child.Process
}

// StartEmulator starts a moto server on a free port of 127.0.0.1 with the interpreter that [Python] found, and returns when
// it answers (about a second). What the server prints goes to log, which may be nil. Call Stop when done; the server also ends
// with this process. The context limits the start only.
func StartEmulator(ctx context.Context, python string, log io.Writer) (*Emulator, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	return StartEmulatorOn(ctx, python, port, log)
}

// StartEmulatorOn is StartEmulator on the given port. A port in use is a *PortInUse.
func StartEmulatorOn(ctx context.Context, python string, port int, log io.Writer) (*Emulator, error) {
	l, err := listen(port)
	if err != nil {
		return nil, err
	}
	l.Close()
	tail := &tail{to: log}
	cmd := exec.Command(python, "-m", "moto.server", "-H", loopback, "-p", strconv.Itoa(port))
	// Credentials, profiles and proxies of the user's shell have no business in the emulator.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PYTHONUNBUFFERED=1", "PYTHONWARNINGS=ignore"}
	cmd.Stdout, cmd.Stderr = tail, tail
	proc, err := child.Start(cmd)
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	e := &Emulator{URL: fmt.Sprintf("http://%s:%d", loopback, port), proc: proc}
	if err := e.ready(ctx); err != nil {
		e.Stop()
		return nil, fmt.Errorf("starting the emulator: %w\n%s", err, tail)
	}
	return e, nil
}

// Stop ends the emulator and everything in it.
func (e *Emulator) Stop() { e.proc.Stop() }

// Done is closed when the emulator has ended, by Stop or by itself.
func (e *Emulator) Done() <-chan struct{} { return e.proc.Done() }

// Reset empties the emulator: as if it had just been started.
func (e *Emulator) Reset(ctx context.Context) error {
	err := e.control(ctx, http.MethodPost, "/moto-api/reset", "")
	return err
}

// ready waits until the server answers.
func (e *Emulator) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := e.control(ctx, http.MethodGet, "/moto-api/data.json", ""); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-e.Done():
			return fmt.Errorf("it ended at once: %w", errors.Join(e.proc.Err(), ctx.Err()))
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", ctx.Err())
		}
	}
}

// control calls moto's own API, which is no service of AWS.
func (e *Emulator) control(ctx context.Context, method, path, body string) error {
	req, err := http.NewRequestWithContext(ctx, method, e.URL+path, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking the emulator for %s: %w", path, err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("asking the emulator for %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking the emulator for %s: %s", path, resp.Status)
	}
	return nil
}

// tail passes on what it is given and keeps the end of it for error messages.
type tail struct {
	mu  sync.Mutex
	to  io.Writer
	end []byte
}

// tailSize is enough for a Python traceback's last frames.
const tailSize = 2000

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	t.end = t.end[max(0, len(t.end)-tailSize):]
	if t.to != nil {
		// A log that cannot be written to must not stop the child.
		_, _ = t.to.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.end)
}

// PortInUse is a port that another program listens on.
type PortInUse struct{ Port int }

// Error says what to do.
func (e *PortInUse) Error() string {
	return fmt.Sprintf("listening on %s:%d: the port is in use: end the program that holds it or choose another port", loopback, e.Port)
}

// listen listens on a port of 127.0.0.1; 0 means any free one.
func listen(port int) (net.Listener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, &PortInUse{Port: port}
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s:%d: %w", loopback, port, err)
	}
	return l, nil
}

func freePort() (int, error) {
	l, err := listen(0)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return portOf(l), nil
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
