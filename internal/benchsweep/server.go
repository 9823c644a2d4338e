package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/firewarden/firewarden/pkg/ledger"
)

// server answers as ECS, EC2, EventBridge, its Scheduler and a store of documents would, from one account, on the loopback address.
type server struct {
	*account
	latency time.Duration
	buckets *buckets // nil throttles nothing
	store   ledger.Memory

	mu     sync.Mutex
	counts map[string]int
	edits  map[string]int // of groups' entries
}

// serve serves until the process ends; its first line of output is the address.
func serve(s *server) error {
	at, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, at.Addr())
	mux := http.NewServeMux()
	mux.HandleFunc("/", s.aws)
	mux.HandleFunc("/store", s.document)
	mux.HandleFunc("/stats", s.stats)
	return (&http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}).Serve(at)
}

// stats answers the calls since the last time, and what the deployments beside got.
func (s *server) stats(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := statistics{Calls: s.counts}
	if s.buckets != nil {
		answer.Deployments = s.buckets.deployments()
	}
	s.counts = map[string]int{}
	_ = json.NewEncoder(w).Encode(answer)
}

// statistics are what the server has counted.
type statistics struct {
	// Calls are the answered ones by operation; those refused have "throttled " before it.
	Calls       map[string]int
	Deployments deployments
}

func (s *server) aws(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	op, asJSON := operation(r, body)
	time.Sleep(s.latency)
	if s.buckets != nil && !s.buckets.take(op) {
		s.count("throttled " + op)
		refuse(w, asJSON)
		return
	}
	s.count(op)
	if asJSON {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_, _ = io.WriteString(w, s.json(op, body))
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, s.ec2(op, body))
}

func (s *server) count(op string) {
	s.mu.Lock()
	s.counts[op]++
	s.mu.Unlock()
}

// operation is the operation's name, and whether it is answered with JSON: all but EC2's are.
func operation(r *http.Request, body []byte) (string, bool) {
	if r.Method == http.MethodGet && r.URL.Path == "/schedules" {
		return "ListSchedules", true
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndex(target, ".")+1:], true
	}
	return form(body).Get("Action"), false
}

func refuse(w http.ResponseWriter, asJSON bool) {
	if asJSON {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors></Response>`)
}

// request is a call of the store; answer is what it returns.
type request struct {
	Op    string
	Key   ledger.Key
	Write ledger.Write
}

type answer struct {
	Docs     []ledger.Doc
	Conflict bool
	Err      string
}

func (s *server) document(w http.ResponseWriter, r *http.Request) {
	var in request
	var out answer
	err := json.NewDecoder(r.Body).Decode(&in)
	switch in.Op {
	case "get":
		var d ledger.Doc
		d, err = s.store.Get(r.Context(), in.Key)
		out.Docs = []ledger.Doc{d}
	case "put":
		err = s.store.Put(r.Context(), in.Write)
	case "list":
		out.Docs, err = s.store.List(r.Context(), in.Key.Family)
	}
	s.count("store " + in.Op)
	if out.Conflict = errors.Is(err, ledger.ErrConflict); err != nil {
		out.Err = err.Error()
	}
	_ = json.NewEncoder(w).Encode(out)
}
