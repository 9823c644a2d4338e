package ecsconformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/plan"
	"github.com/firewarden/firewarden/pkg/rules"
)

const corpus = root + "/../shared/corpus/taskdefs"

// Every public definition that ECS would take comes back as it was sent, but for what ECS fills in, and registers as the same.
func TestCorpusSurvives(t *testing.T) {
	if _, err := os.Stat(corpus); errors.Is(err, fs.ErrNotExist) {
		t.Skip("../shared/corpus is not there")
	}
	files := registrable(t)
	emulator := startEmulator(t)
	worlds := map[string]world{"fake": fakeWorld(), "emulator": emulatorWorld(t, emulator.URL)}
	accepted := map[string]int{}
	for i, file := range files {
		for name, w := range worlds {
			ok := t.Run(file.name+" on the "+name, func(t *testing.T) {
				if file.survives(t, w, fmt.Sprintf("family-%03d", i)) {
					accepted[name]++
				}
			})
			if !ok {
				return
			}
		}
	}
	t.Logf("%d definitions; accepted: %v", len(files), accepted)
	if len(files) < 40 || accepted["fake"]*10 < len(files)*8 || accepted["emulator"]*10 < len(files)*8 {
		t.Errorf("%d definitions, of which accepted %v: too few", len(files), accepted)
	}
}

// public is a file of the corpus that parses as an input of RegisterTaskDefinition.
type public struct {
	name string
	text []byte
	in   rules.Definition
}

func registrable(t *testing.T) []public {
	t.Helper()
	var found []public
	err := filepath.WalkDir(corpus, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var in ecs.RegisterTaskDefinitionInput
		strict := json.NewDecoder(bytes.NewReader(text))
		strict.DisallowUnknownFields()
		if strict.Decode(&in) != nil || len(in.ContainerDefinitions) == 0 {
			return nil // permissions, wrapped definitions, placeholders that are no JSON
		}
		name, _ := strings.CutPrefix(filepath.ToSlash(path), corpus+"/")
		found = append(found, public{name, text, sent(in)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// sent is a definition with the fields of an input that has the same names.
func sent(in ecs.RegisterTaskDefinitionInput) rules.Definition {
	d := rules.Definition{Tags: in.Tags}
	to, from := reflect.ValueOf(&d.Task).Elem(), reflect.ValueOf(in)
	for i := range to.NumField() {
		if f := from.FieldByName(to.Type().Field(i).Name); f.IsValid() && to.Field(i).CanSet() {
			to.Field(i).Set(f)
		}
	}
	return d
}

// survives registers the file's definition under a family of its own, and says whether the world took it.
func (p public) survives(t *testing.T, w world, family string) bool {
	in := p.in
	in.Task.Family = &family
	if _, err := w.store.Register(t.Context(), in); err != nil {
		if !ecstask.IsInvalid(err) {
			t.Errorf("refused without a reason of AWS's: %v", err)
		}
		t.Log(err)
		return false
	}
	d := w.describe(t, family)
	if err := ecstask.Unknown(d); err != nil {
		t.Error(err)
	}
	if diff := plan.Compare(normalised(in, d), d); len(diff) != 0 {
		t.Errorf("what was sent became another: %+v", diff)
	}
	p.isWithin(t, rawDescribe(t, w, family))
	again := w.describe(t, *w.register(t, d).Task.TaskDefinitionArn)
	if diff := plan.Compare(d, again); len(diff) != 0 {
		t.Errorf("what was described became another: %+v", diff)
	}
	return true
}

// isWithin wants every key and value of the file in the raw answer, whatever the SDK's types know.
func (p public) isWithin(t *testing.T, raw map[string]any) {
	t.Helper()
	var file map[string]any
	if err := json.Unmarshal(p.text, &file); err != nil {
		t.Fatal(err)
	}
	delete(file, "family")
	delete(file, "tags")
	for _, path := range missing("", file, raw) {
		if path != ".enableFaultInjection" { // docs/emulator.md E45
			t.Errorf("%s of the file is not in the raw answer", path)
		}
	}
}

// missing are the paths of want that got does not have with the same value. Nothing, an empty list and an empty map are one.
func missing(path string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		have, _ := got.(map[string]any)
		var all []string
		for k, v := range want {
			all = append(all, missing(path+"."+k, v, have[k])...)
		}
		return all
	case []any:
		have, _ := got.([]any)
		if len(have) != len(want) {
			return []string{path}
		}
		var all []string
		for i, v := range want {
			all = append(all, missing(fmt.Sprintf("%s[%d]", path, i), v, have[i])...)
		}
		return all
	}
	if want == nil || reflect.DeepEqual(want, got) || want == float64(0) && got == nil {
		return nil
	}
	return []string{fmt.Sprintf("%s (%v, not %v)", path, want, got)}
}

func rawDescribe(t *testing.T, w world, ref string) map[string]any {
	t.Helper()
	var body bytes.Buffer
	watch := func(o *ecs.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("raw", func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				out, metadata, err := next.HandleDeserialize(ctx, in)
				if answer, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil {
					body.Reset()
					answer.Body = io.NopCloser(io.TeeReader(answer.Body, &body))
				}
				return out, metadata, err
			}), middleware.After)
		})
	}
	must(w.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: &ref}, watch))(t)
	var answer struct {
		TaskDefinition map[string]any `json:"taskDefinition"`
	}
	if err := json.Unmarshal(body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.TaskDefinition
}

// normalised is what was sent, with the defaults that ECS fills in where nothing was sent: only what the answer has there, and
// only the values that ECS is known to give (facts about RegisterTaskDefinition: user, hostPort, protocol, essential).
func normalised(in, got rules.Definition) rules.Definition {
	if in.Task.NetworkMode == "" { // docs/emulator.md E44
		in.Task.NetworkMode = got.Task.NetworkMode
	}
	return in.With(func(c *types.ContainerDefinition) {
		d, _ := got.Container(aws.ToString(c.Name))
		if c.Essential == nil && aws.ToBool(d.Essential) {
			c.Essential = d.Essential
		}
		if c.FirelensConfiguration != nil && c.User == nil && aws.ToString(d.User) == "0" {
			c.User = d.User
		}
		if len(c.PortMappings) == len(d.PortMappings) {
			c.PortMappings = mappings(c.PortMappings, d.PortMappings)
		}
	})
}

func mappings(in, got []types.PortMapping) []types.PortMapping {
	var all []types.PortMapping
	for i, m := range in {
		if m.Protocol == "" && got[i].Protocol == types.TransportProtocolTcp {
			m.Protocol = types.TransportProtocolTcp
		}
		if host := got[i].HostPort; m.HostPort == nil && host != nil && (*host == 0 || *host == aws.ToInt32(m.ContainerPort)) {
			m.HostPort = host
		}
		all = append(all, m)
	}
	return all
}
