package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"

	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/pace"
)

// copying sends a copy of each request's body: against a fast loopback server the SDK's own fails now and then with "use of closed
// network connection" (aws/aws-sdk-go-v2#1825, #2737).
type copying struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (c copying) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return c.RoundTripper.RoundTrip(r)
}

func httpClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &http.Client{Transport: copying{transport}}
}

// config is that of the functions, for the server at an address; a nil pacer keeps no pace.
func config(address string, keep *pace.Pacer) aws.Config {
	url := "http://" + address
	cfg := aws.Config{
		Region: "eu-central-1", BaseEndpoint: &url, HTTPClient: httpClient(), RetryMode: aws.RetryModeAdaptive, RetryMaxAttempts: 5,
		Credentials: credentials.NewStaticCredentialsProvider("bench", "bench", ""),
	}
	if keep != nil {
		cfg.APIOptions = append(cfg.APIOptions, keep.Keep)
	}
	return cfg
}

type clients struct {
	ecs       *ecs.Client
	ec2       *ec2.Client
	events    *eventbridge.Client
	schedules *scheduler.Client
}

func newClients(cfg aws.Config) clients {
	return clients{ecs.NewFromConfig(cfg), ec2.NewFromConfig(cfg), eventbridge.NewFromConfig(cfg), scheduler.NewFromConfig(cfg)}
}

// remote is the server's store of documents, so that a worker's memory holds none of it.
type remote struct {
	url    string
	client *http.Client
}

func (r remote) call(ctx context.Context, in request) (out answer, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	answered, err := r.client.Do(req)
	if err != nil {
		return out, err
	}
	defer answered.Body.Close()
	if err := json.NewDecoder(answered.Body).Decode(&out); err != nil {
		return out, err
	}
	switch {
	case out.Conflict:
		return out, ledger.ErrConflict
	case out.Err != "":
		return out, errors.New(out.Err)
	}
	return out, nil
}

// Get implements ledger.Store.
func (r remote) Get(ctx context.Context, key ledger.Key) (ledger.Doc, error) {
	out, err := r.call(ctx, request{Op: "get", Key: key})
	if err != nil {
		return ledger.Doc{}, err
	}
	return out.Docs[0], nil
}

// Put implements ledger.Store.
func (r remote) Put(ctx context.Context, w ledger.Write) error {
	_, err := r.call(ctx, request{Op: "put", Write: w})
	return err
}

// List implements ledger.Store.
func (r remote) List(ctx context.Context, family string) ([]ledger.Doc, error) {
	out, err := r.call(ctx, request{Op: "list", Key: ledger.Key{Family: family}})
	return out.Docs, err
}
