package lambdahost

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/firewarden/firewarden/pkg/local/child"
)

// Function is what runs.
type Function struct {
	// Name and ARN are the deployed function's.
	Name, ARN string
	// Bootstrap is the path of the executable, built for this machine.
	Bootstrap string
	// Env is the function's environment; Start adds Lambda's own variables.
	Env map[string]string
	// Timeout ends an invocation, and the process with it.
	Timeout time.Duration
	// Log gets what the process prints; nil drops it.
	Log io.Writer
}

// Host is a function that is ready to be invoked.
type Host struct {
	fn   Function
	turn sync.Mutex // held by the invocation that runs

	mu      sync.Mutex
	current *invocation
	sandbox *sandbox
	starts  int
	stopped bool
}

// sandbox is one process with a Runtime API of its own, so that a process that died cannot take the next one's work.
type sandbox struct {
	proc   *child.Process
	server *http.Server
	work   chan *invocation
}

func (s *sandbox) stop() {
	s.proc.Stop()
	_ = s.server.Close()
}

func (s *sandbox) ended() bool {
	select {
	case <-s.proc.Done():
		return true
	default:
		return false
	}
}

// FunctionError is an error that the function itself answered, or its process's end or time-out.
type FunctionError struct {
	// Type is Lambda's errorType: "errorString", "Runtime.ExitError", "Sandbox.Timedout".
	Type, Message string
}

// Error is the type and the message.
func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// Start makes a function ready. Its process starts with the first invocation.
func Start(fn Function) (*Host, error) {
	path, err := filepath.Abs(fn.Bootstrap)
	if err != nil {
		return nil, fmt.Errorf("finding the bootstrap of %s: %w", fn.Name, err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("finding the bootstrap of %s: %w: build it first", fn.Name, err)
	}
	fn.Bootstrap = path
	return &Host{fn: fn}, nil
}

// Stop ends the process and its Runtime API. An invocation that runs fails.
func (h *Host) Stop() {
	h.mu.Lock()
	h.stopped = true
	s := h.sandbox
	h.mu.Unlock()
	if s != nil {
		s.stop()
	}
}

// Starts is how often the process was started.
func (h *Host) Starts() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.starts
}

// running answers the running sandbox, a new one where there is none.
func (h *Host) running() (*sandbox, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return nil, fmt.Errorf("starting %s: it was stopped", h.fn.Name)
	}
	if h.sandbox != nil && !h.sandbox.ended() {
		return h.sandbox, nil
	}
	if h.sandbox != nil {
		h.sandbox.stop() // what the process left behind in its group
	}
	s, err := h.open()
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", h.fn.Name, err)
	}
	h.sandbox = s
	h.starts++
	return s, nil
}

// open starts a process and its Runtime API, on a free port of 127.0.0.1.
func (h *Host) open() (*sandbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sandbox{work: make(chan *invocation)}
	s.server = &http.Server{Handler: h.routes(s.work), ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(l) }() // ends with the sandbox
	cmd := exec.Command(h.fn.Bootstrap)
	cmd.Dir = filepath.Dir(h.fn.Bootstrap)
	cmd.Env = h.environment(l.Addr().String())
	cmd.Stdout, cmd.Stderr = h.fn.Log, h.fn.Log
	if s.proc, err = child.Start(cmd); err != nil {
		_ = s.server.Close()
		return nil, err
	}
	return s, nil
}

// environment is the function's own under Lambda's. Nothing of the user's shell is in it, and the shared AWS files are out
// of its reach.
func (h *Host) environment(api string) []string {
	region := h.fn.Env["AWS_REGION"]
	env := map[string]string{
		"AWS_LAMBDA_RUNTIME_API": api, "AWS_LAMBDA_FUNCTION_NAME": h.fn.Name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "_HANDLER": "bootstrap",
		"AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023", "LAMBDA_TASK_ROOT": filepath.Dir(h.fn.Bootstrap),
		"AWS_DEFAULT_REGION": region, "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED": "true", "TZ": ":UTC", "LANG": "en_US.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin",
	}
	for k, v := range h.fn.Env {
		env[k] = v
	}
	out := make([]string, 0, len(env))
	for k, v := range env {
		out = append(out, k+"="+v)
	}
	return out
}

// Invoke hands the payload to the function and answers what it answers. It waits for the invocation before it. A *FunctionError
// is the function's own; the context's end ends the process as a time-out does.
func (h *Host) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	h.turn.Lock()
	defer h.turn.Unlock()
	s, err := h.running()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, h.fn.Timeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	inv := &invocation{id: requestID(), payload: payload, deadline: deadline, result: make(chan result, 1)}
	h.set(inv)
	defer h.set(nil)
	return h.await(ctx, s, inv)
}

// await hands the invocation over and waits for its answer or the process's end, whichever comes first.
func (h *Host) await(ctx context.Context, s *sandbox, inv *invocation) ([]byte, error) {
	work := s.work
	for {
		select {
		case work <- inv:
			work = nil
		case r := <-inv.result:
			return r.body, r.err
		case <-s.proc.Done():
			return h.ended(s.proc.Err(), inv)
		case <-ctx.Done():
			s.stop()
			return nil, &FunctionError{Type: "Sandbox.Timedout", Message: fmt.Sprintf("%s timed out: %v", h.fn.Name, ctx.Err())}
		}
	}
}

// ended prefers what the process answered just before it ended.
func (h *Host) ended(exit error, inv *invocation) ([]byte, error) {
	select {
	case r := <-inv.result:
		return r.body, r.err
	default:
	}
	message := "Runtime exited without providing a reason"
	if exit != nil {
		message = "Runtime exited with error: " + exit.Error()
	}
	return nil, &FunctionError{Type: "Runtime.ExitError", Message: message}
}

func (h *Host) set(inv *invocation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current = inv
}
