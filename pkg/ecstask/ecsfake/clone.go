package ecsfake

import (
	"reflect"
	"strings"
)

// clone copies a value of the SDK deeply, so that neither side of the fake can change what the other holds.
func clone[T any](v T) T {
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	copyInto(out, reflect.ValueOf(&v).Elem())
	return out.Interface().(T)
}

func copyInto(to, from reflect.Value) {
	to.Set(from) // unexported fields, too; none of them holds a reference
	switch from.Kind() {
	case reflect.Interface:
		if !from.IsNil() {
			inner := reflect.New(from.Elem().Type()).Elem()
			copyInto(inner, from.Elem())
			to.Set(inner)
		}
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			copyInto(to.Elem(), from.Elem())
		}
	case reflect.Struct:
		for i := range from.NumField() {
			if to.Field(i).CanSet() {
				copyInto(to.Field(i), from.Field(i))
			}
		}
	case reflect.Slice:
		if !from.IsNil() {
			to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
			for i := range from.Len() {
				copyInto(to.Index(i), from.Index(i))
			}
		}
	case reflect.Map:
		if !from.IsNil() {
			to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
			for _, k := range from.MapKeys() {
				to.SetMapIndex(k, from.MapIndex(k))
			}
		}
	}
}

// operation is the API's name of an SDK input: "DescribeServices" of *ecs.DescribeServicesInput.
func operation(in any) string {
	return strings.TrimSuffix(reflect.TypeOf(in).Elem().Name(), "Input")
}

func str(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

func num(p *int32) int32 {
	if p == nil {
		return 0
	}
	return *p
}

// last is the part of a name or ARN after the last slash.
func last(s string) string { return s[strings.LastIndex(s, "/")+1:] }
