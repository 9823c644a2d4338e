package source

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// scalar decodes strings, enumerations, booleans and numbers. A number or boolean in quotes does not fit, unless the dialect
// coerces: the API refuses it, and what a templating tool will make of it is not known.
func (d *decoder) scalar(p place, n node, v reflect.Value) bool {
	if d.dialect.coerces {
		n = coerced(n, v.Kind())
	}
	switch v.Kind() {
	case reflect.String:
		return d.text(p, n, v)
	case reflect.Bool:
		if n.kind != truth {
			return d.wrong(p, n, "a boolean")
		}
		v.SetBool(n.text == "true")
		return true
	case reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(n.text, 10, v.Type().Bits())
		if n.kind != number || err != nil {
			return d.wrong(p, n, "a whole number")
		}
		v.SetInt(i)
		return true
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.text, 64)
		if n.kind != number || err != nil {
			return d.wrong(p, n, "a number")
		}
		v.SetFloat(f)
		return true
	}
	return d.wrong(p, n, "something else")
}

// text keeps a placeholder where a string may be anything (its path is marked all the same), and leaves it out where the
// value decides: an enumeration, a range of ports.
func (d *decoder) text(p place, n node, v reflect.Value) bool {
	switch {
	case n.kind == unknown && n.text != "" && v.Type() == reflect.TypeFor[string]() && !strings.HasSuffix(p.path, ".containerPortRange"):
		d.mark(p.path, n.why)
		d.deployed[p.path] = true
	case n.kind != text:
		return d.wrong(p, n, "a string")
	case p.free || !isPlaceholder(n.text):
	case v.Type() != reflect.TypeFor[string]() || strings.HasSuffix(p.path, ".containerPortRange"):
		return d.wrong(p, n, "a value")
	default:
		d.mark(p.path, fmt.Sprintf("line %d: %s is a placeholder", n.at.Line, quoted(placeholderIn(n.text))))
	}
	v.SetString(n.text)
	return true
}

// date reads the dates of describe answers: RFC 3339, as the AWS CLI prints them, or seconds since 1970, as the API sends them.
func (d *decoder) date(p place, n node, v reflect.Value) bool {
	t, err := time.Parse(time.RFC3339Nano, n.text)
	if n.kind == number {
		var seconds float64
		seconds, err = strconv.ParseFloat(n.text, 64)
		whole, part := math.Modf(seconds)
		t = time.Unix(int64(whole), int64(part*1e9)).UTC()
	}
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return d.wrong(p, n, "a date")
	}
	v.Set(reflect.ValueOf(&t))
	return true
}

// union decodes the one union of task definitions, how a container shares a GPU: an object with one member.
func (d *decoder) union(p place, n node, v reflect.Value) bool {
	m := d.dialect.get(n, "nvidiaMps")
	if n.kind != object || len(n.members) != 1 || m.kind == null {
		return d.wrong(p, n, "an object with one known member")
	}
	var shared types.SharingStrategyMemberNvidiaMps
	if v.Type() != reflect.TypeFor[types.SharingStrategy]() || !d.value(p.field("nvidiaMps"), m, reflect.ValueOf(&shared.Value).Elem()) {
		return false
	}
	v.Set(reflect.ValueOf(&shared))
	return true
}
