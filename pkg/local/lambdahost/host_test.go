package lambdahost_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firewarden/firewarden/pkg/local/lambdahost"
)

// bootstrap is the test's function, built once.
var bootstrap string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lambdahost")
	if err != nil {
		panic(err)
	}
	bootstrap = filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-o", bootstrap, "../testdata/echo")
	build.Stderr = os.Stderr
	code := 1
	if build.Run() == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func start(t *testing.T, timeout time.Duration) *lambdahost.Host {
	t.Helper()
	h, err := lambdahost.Start(lambdahost.Function{
		Name: "echo", ARN: "arn:aws:lambda:us-east-1:123456789012:function:echo", Bootstrap: bootstrap, Timeout: timeout,
		Env: map[string]string{"AWS_REGION": "us-east-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Stop)
	return h
}

func event(body string) []byte {
	return []byte(`{"Records":[{"messageId":"m1","body":"` + body + `","attributes":{"ApproximateReceiveCount":"1"}}]}`)
}

func TestAnswersOneAfterTheOtherInOneProcess(t *testing.T) {
	h := start(t, 10*time.Second)
	for body, want := range map[string]string{"hello": `{"batchItemFailures":null}`, "poison": `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`} {
		got, err := h.Invoke(t.Context(), event(body))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v, want %s", body, got, err, want)
		}
	}
	if h.Starts() != 1 {
		t.Errorf("%d starts, want 1", h.Starts())
	}
}

func TestFailuresAreTheFunctionsOwn(t *testing.T) {
	for body, want := range map[string]lambdahost.FunctionError{
		"fail": {Type: "errorString", Message: "told to fail"},
		"die":  {Type: "Runtime.ExitError", Message: "exit status 7"},
		"hang": {Type: "Sandbox.Timedout", Message: "timed out"},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			h := start(t, 2*time.Second)
			_, err := h.Invoke(t.Context(), event(body))
			var got *lambdahost.FunctionError
			if !errors.As(err, &got) || got.Type != want.Type || !strings.Contains(got.Message, want.Message) {
				t.Fatalf("error %v, want %v", err, &want)
			}
			if _, err := h.Invoke(t.Context(), event("hello")); err != nil {
				t.Errorf("the next invocation: %v", err)
			}
		})
	}
}

func TestAbsentBootstrapIsNamed(t *testing.T) {
	_, err := lambdahost.Start(lambdahost.Function{Name: "AuditFunction", Bootstrap: "/no/such/bootstrap"})
	if err == nil || !strings.Contains(err.Error(), "/no/such/bootstrap") || !strings.Contains(err.Error(), "AuditFunction") {
		t.Errorf("error %v", err)
	}
}

func TestStoppedHostIsNotInvoked(t *testing.T) {
	h := start(t, time.Second)
	h.Stop()
	if _, err := h.Invoke(t.Context(), event("hello")); err == nil {
		t.Error("no error")
	}
}
