package source_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/schemas"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
)

// TestFieldsAreNamedAsTheAPINamesThem holds the rule by which keys become fields (the first letter in upper case) against the
// SDK's own schema of task definitions, so that an upgrade which breaks it fails here.
func TestFieldsAreNamedAsTheAPINamesThem(t *testing.T) {
	seen := map[reflect.Type]bool{}
	sameNames(t, schemas.TaskDefinition, reflect.TypeFor[types.TaskDefinition](), seen)
	sameNames(t, schemas.Tag, reflect.TypeFor[types.Tag](), seen)
	if len(seen) < 30 {
		t.Errorf("only %d types were walked", len(seen))
	}
}

func sameNames(t *testing.T, s *smithy.Schema, v reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		sameNames(t, s, v.Elem(), seen)
	case reflect.Slice:
		sameNames(t, s.ListMember(), v.Elem(), seen)
	case reflect.Map:
		sameNames(t, s.MapValue(), v.Elem(), seen)
	case reflect.Interface:
		if v != reflect.TypeFor[types.SharingStrategy]() || len(s.Members()) != 1 || s.Member("nvidiaMps") == nil {
			t.Errorf("%s is a union that the reader does not know, with members %v", v, s.Members())
		}
	case reflect.Struct:
		if seen[v] || v == reflect.TypeFor[time.Time]() {
			return
		}
		seen[v] = true
		exported := 0
		for i := range v.NumField() {
			f := v.Field(i)
			if !f.IsExported() {
				continue
			}
			exported++
			m := s.Member(strings.ToLower(f.Name[:1]) + f.Name[1:])
			if m == nil {
				t.Errorf("%s.%s has another name in the API", v, f.Name)
				continue
			}
			sameNames(t, m, f.Type, seen)
		}
		if exported != len(s.Members()) {
			t.Errorf("%s has %d fields, the API %d members", v, exported, len(s.Members()))
		}
	}
}
