package ecstask

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/firewarden/firewarden/pkg/rules"
)

// reason is what a definition's Unknown says of a key that ECS answers and this SDK would lose.
const reason = "ECS answers this key, and this build's SDK does not know it"

// UnknownKeysError says that a definition holds more than this SDK knows, so that registering it would lose something. It is
// terminal until FireWarden is built with a newer SDK.
type UnknownKeysError struct {
	// Definition is "family:revision".
	Definition string
	// Keys are paths of the raw answer, sorted: "taskDefinition" itself left out, containers by their names.
	Keys []string
}

// Error names the definition and the keys.
func (e *UnknownKeysError) Error() string {
	return fmt.Sprintf("task definition %s has keys that this version does not know, and would lose: %s",
		e.Definition, strings.Join(e.Keys, ", "))
}

// Unknown returns an [*UnknownKeysError] where a described definition holds keys that this SDK does not know, else nil. A
// correction of such a definition is refused; Register asks the same.
func Unknown(d rules.Definition) error {
	var keys []string
	for path := range d.Unknown {
		keys = append(keys, path)
	}
	if len(keys) == 0 {
		return nil
	}
	slices.Sort(keys)
	return &UnknownKeysError{Definition: d.Name(), Keys: keys}
}

// rawAnswer is the body of an answer as it came, of the last attempt where the SDK tried several times.
type rawAnswer struct{ body *bytes.Buffer }

// watch is a functional option of one call: it puts a middleware nearest to the wire, which lets the body pass by.
func (r *rawAnswer) watch(o *ecs.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("FireWardenRawAnswer", r.tee), middleware.After)
	})
}

func (r *rawAnswer) tee(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if answer, ok := out.RawResponse.(*smithyhttp.Response); ok && answer.Body != nil {
		r.body = &bytes.Buffer{}
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(answer.Body, r.body), answer.Body}
	}
	return out, metadata, err
}

// unknownKeys are the paths of keys that the SDK's types have no field for, each with the reason; nil where there are none.
// What Register does not send is not looked into. No answer seen is an error: then nobody can tell.
func (r *rawAnswer) unknownKeys() (map[string]string, error) {
	if r.body == nil {
		return nil, errors.New("the client did not show it")
	}
	var raw map[string]any
	if err := json.Unmarshal(r.body.Bytes(), &raw); err != nil {
		return nil, fmt.Errorf("parsing JSON: %w", err)
	}
	definition, _ := raw["taskDefinition"].(map[string]any)
	for _, field := range assigned {
		delete(definition, field)
	}
	w := walker{}
	w.visit("", raw, reflect.TypeFor[ecs.DescribeTaskDefinitionOutput]())
	return w.found, nil
}

// walker looks for keys of a JSON value that a Go type of the SDK has no field for. It reads types only: calling methods by
// name would make the linker keep every operation of the SDK.
type walker struct{ found map[string]string }

func (w *walker) visit(path string, value any, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch value := value.(type) {
	case map[string]any:
		w.object(path, value, t)
	case []any:
		for i, element := range value {
			if t.Kind() == reflect.Slice {
				w.visit(path+"["+label(element, i)+"]", element, t.Elem())
			}
		}
	}
}

// object visits the members of a structure; the keys of a map (options, labels) are free.
func (w *walker) object(path string, value map[string]any, t reflect.Type) {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return
	}
	for key, member := range value {
		field, ok := t.FieldByName(goName(key))
		switch {
		case !ok || key == field.Name: // the SDK reads keys in their own case only
			if w.found == nil {
				w.found = map[string]string{}
			}
			w.found[below(path, key)] = reason
		default:
			w.visit(below(path, key), member, field.Type)
		}
	}
}

// below is the path of a key, without the answer's own "taskDefinition": rules have no such prefix.
func below(path, key string) string {
	if path == "" || path == "taskDefinition" {
		return key
	}
	return path + "." + key
}

// label names an element of a list by its name where it has one, else by its index.
func label(element any, i int) string {
	if object, ok := element.(map[string]any); ok {
		if name, ok := object["name"].(string); ok {
			return name
		}
	}
	return strconv.Itoa(i)
}

// goName is the SDK's field of an API key: its first letter in upper case.
func goName(key string) string {
	if key == "" {
		return ""
	}
	return strings.ToUpper(key[:1]) + key[1:]
}
