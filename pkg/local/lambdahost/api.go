package lambdahost

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// invocation is one event on its way through the function.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	result   chan result
}

type result struct {
	body []byte
	err  error
}

const base = "/2018-06-01/runtime"

// routes is the Runtime API, as far as a bootstrap needs it.
func (h *Host) routes(work <-chan *invocation) http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET "+base+"/invocation/next", func(w http.ResponseWriter, r *http.Request) { h.next(w, r, work) })
	m.HandleFunc("POST "+base+"/invocation/{id}/response", h.response)
	m.HandleFunc("POST "+base+"/invocation/{id}/error", h.failure)
	m.HandleFunc("POST "+base+"/init/error", h.initError)
	return m
}

// next blocks until there is work.
func (h *Host) next(w http.ResponseWriter, r *http.Request, work <-chan *invocation) {
	select {
	case <-r.Context().Done():
	case inv := <-work:
		head := w.Header()
		head.Set("Content-Type", "application/json")
		head.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		head.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
		head.Set("Lambda-Runtime-Invoked-Function-Arn", h.fn.ARN)
		head.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		_, _ = w.Write(inv.payload) // a process that is gone is noticed by its end
	}
}

// response is the function's answer; aws-lambda-go sends it chunked.
func (h *Host) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h.finish(w, r.PathValue("id"), result{body: body})
}

func (h *Host) failure(w http.ResponseWriter, r *http.Request) {
	h.finish(w, r.PathValue("id"), result{err: functionError(r.Body)})
}

// initError is a process that could not begin: whatever was to run has failed.
func (h *Host) initError(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	inv := h.current
	h.mu.Unlock()
	if inv == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	h.finish(w, inv.id, result{err: functionError(r.Body)})
}

// finish gives the invocation its result; one that is over is a bad request, as on Lambda.
func (h *Host) finish(w http.ResponseWriter, id string, res result) {
	h.mu.Lock()
	inv := h.current
	h.mu.Unlock()
	if inv == nil || inv.id != id {
		http.Error(w, `{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}`, http.StatusBadRequest)
		return
	}
	select {
	case inv.result <- res:
		w.WriteHeader(http.StatusAccepted)
	default:
		http.Error(w, `{"errorType":"InvalidStateTransition","errorMessage":"answered already"}`, http.StatusBadRequest)
	}
}

func functionError(body io.Reader) error {
	var e struct{ ErrorType, ErrorMessage string }
	if err := json.NewDecoder(body).Decode(&e); err != nil {
		return &FunctionError{Type: "Unhandled", Message: "the error has no form: " + err.Error()}
	}
	return &FunctionError{Type: e.ErrorType, Message: e.ErrorMessage}
}

func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails (crypto/rand)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
