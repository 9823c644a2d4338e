package ecstask

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/schemas"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
	"github.com/google/go-cmp/cmp"
)

// wire is a server that speaks ECS's JSON protocol: it answers what it is told to and keeps what it was sent.
type wire struct {
	answers []string // one a request; the last one is repeated
	status  []int
	target  []string
	bodies  []string
}

func (w *wire) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	body, _ := io.ReadAll(in.Body)
	n := len(w.bodies)
	w.bodies, w.target = append(w.bodies, string(body)), append(w.target, in.Header.Get("X-Amz-Target"))
	out.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if n < len(w.status) {
		out.WriteHeader(w.status[n])
	}
	io.WriteString(out, w.answers[min(n, len(w.answers)-1)])
}

func (w *wire) store(t *testing.T) Store {
	t.Helper()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return Store{API: ecs.New(ecs.Options{
		BaseEndpoint: &server.URL,
		Region:       "eu-central-1",
		Credentials:  credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		Retryer:      aws.NopRetryer{},
	})}
}

const known = `{"taskDefinition": {"family": "web", "revision": 3, "taskDefinitionArn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:3",
	"containerDefinitions": [{"name": "app", "image": "app", "dockerLabels": {"any.key": "x"}, "logConfiguration":
	{"logDriver": "awsfirelens", "options": {"Name": "null", "anything": ""}}}]}, "tags": [{"key": "team", "value": "core"}]}`

func TestDescribeReadsWithTags(t *testing.T) {
	w := &wire{answers: []string{known}}
	d, err := w.store(t).Describe(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	if d.Name() != "web:3" || len(d.Tags) != 1 || d.Unknown != nil || Unknown(d) != nil {
		t.Errorf("read %s with %d tags, unknown %v", d.Name(), len(d.Tags), d.Unknown)
	}
	if w.target[0] != "AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition" || !strings.Contains(w.bodies[0], `"include":["TAGS"]`) {
		t.Errorf("sent %s %s", w.target[0], w.bodies[0])
	}
}

func TestUnknownKeysAreNamedAndRefused(t *testing.T) {
	cases := map[string]struct {
		answer string
		want   []string
	}{
		"of the definition": {strings.Replace(known, `"family"`, `"hologram": {"on": true}, "family"`, 1), []string{"hologram"}},
		"of a container":    {strings.Replace(known, `"image"`, `"sidecars": [], "image"`, 1), []string{"containerDefinitions[app].sidecars"}},
		"deep below":        {strings.Replace(known, `"logDriver"`, `"sampling": 5, "logDriver"`, 1), []string{"containerDefinitions[app].logConfiguration.sampling"}},
		"of a tag":          {strings.Replace(known, `"key"`, `"colour": "red", "key"`, 1), []string{"tags[0].colour"}},
		"of the answer":     {strings.Replace(known, `"tags"`, `"annotations": {}, "tags"`, 1), []string{"annotations"}},
		"two": {
			strings.Replace(strings.Replace(known, `"image"`, `"zz": 1, "image"`, 1), `"family"`, `"aa": null, "family"`, 1),
			[]string{"aa", "containerDefinitions[app].zz"},
		},
		"in other case": {strings.Replace(known, `"family"`, `"Cpu": "256", "family"`, 1), []string{"Cpu"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := &wire{answers: []string{c.answer}}
			store := w.store(t)
			d, err := store.Describe(t.Context(), "web")
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Task.ContainerDefinitions) != 1 {
				t.Error("the definition cannot be judged")
			}
			// A fix works on a copy; the mark must survive it.
			_, err = store.Register(t.Context(), d.With(func(*types.ContainerDefinition) {}))
			var unknown *UnknownKeysError
			if !errors.As(err, &unknown) {
				t.Fatalf("register: %v, want an UnknownKeysError", err)
			}
			if diff := cmp.Diff(c.want, unknown.Keys); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(err.Error(), "web:3") || len(w.bodies) != 1 {
				t.Errorf("%q after %d calls", err, len(w.bodies))
			}
		})
	}
}

func TestWhatECSAssignsMayHoldUnknownKeys(t *testing.T) {
	w := &wire{answers: []string{strings.Replace(known, `"family"`, `"requiresAttributes": [{"name": "x", "novel": 1}], "family"`, 1)}}
	d, err := w.store(t).Describe(t.Context(), "web")
	if err != nil || Unknown(d) != nil {
		t.Errorf("error %v, unknown %v: it is not registered anyway", err, d.Unknown)
	}
}

func TestRetriedAnswersAreJudgedByTheLast(t *testing.T) {
	w := &wire{status: []int{500}, answers: []string{`{"__type":"ServerException","message":"later"}`, known}}
	server := httptest.NewServer(w)
	defer server.Close()
	store := Store{API: ecs.New(ecs.Options{
		BaseEndpoint: &server.URL, Region: "eu-central-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
	})}
	d, err := store.Describe(t.Context(), "web")
	if err != nil || d.Name() != "web:3" || d.Unknown != nil || len(w.bodies) != 2 {
		t.Errorf("%s, unknown %v, error %v after %d requests", d.Name(), d.Unknown, err, len(w.bodies))
	}
}

// What is described with every field set is sent back to the last key and value: nothing is lost between the two.
func TestEverythingDescribedIsRegistered(t *testing.T) {
	var filled ecs.DescribeTaskDefinitionOutput
	fill(reflect.ValueOf(&filled).Elem())
	w := &wire{answers: []string{asJSON(t, &filled)}}
	store := w.store(t)
	d, err := store.Describe(t.Context(), "web")
	if err != nil || d.Unknown != nil {
		t.Fatalf("error %v, unknown %v", err, d.Unknown)
	}
	if _, err := store.Register(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var described struct {
		TaskDefinition map[string]any `json:"taskDefinition"`
		Tags           any            `json:"tags"`
	}
	var sent map[string]any
	decode(t, w.answers[0], &described)
	decode(t, w.bodies[1], &sent)
	want := described.TaskDefinition
	for _, k := range []string{
		"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
		"registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt",
	} {
		if _, ok := want[k]; !ok {
			t.Errorf("%s was not described", k)
		}
		delete(want, k)
	}
	want["tags"] = described.Tags
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyStringsAreKept(t *testing.T) {
	w := &wire{answers: []string{`{"taskDefinition": {"family": "web", "revision": 2000000000, "containerDefinitions": [{"name": "app", "environment":
		[{"name": "EMPTY", "value": ""}], "command": ["", "x"], "dockerLabels": {"k": ""}}],
		"proxyConfiguration": {"containerName": "app", "properties": [{"name": "EgressIgnoredIPs", "value": ""}]}}}`}}
	store := w.store(t)
	d, err := store.Describe(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Register(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{`{"name":"EMPTY","value":""}`, `"command":["","x"]`, `"dockerLabels":{"k":""}`, `{"name":"EgressIgnoredIPs","value":""}`} {
		if !strings.Contains(w.bodies[1], kept) {
			t.Errorf("%s is not in %s", kept, w.bodies[1])
		}
	}
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

// asJSON is an answer as ECS would send it.
func asJSON(t *testing.T, v smithy.Serializable) string {
	t.Helper()
	shape := smithy.NewOperationSchema(schemas.DescribeTaskDefinition, schemas.DescribeTaskDefinitionResponse, schemas.DescribeTaskDefinitionResponse)
	req := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if err := awsjson.New11(schemas.AmazonEC2ContainerServiceV20141113).SerializeRequest(t.Context(), shape, v, req); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(req.GetStream())
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
