package source

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// decoder fills SDK types from nodes. A value that does not fit its type is left out, and its path marked unknown.
type decoder struct {
	dialect dialect
	unknown map[string]string
	// deployed are the unknown paths with something that stands for what the deployment fills in.
	deployed map[string]bool
	unread   []Place
	places   map[string]Position
}

// place is where a value stands: its path, the path that is marked where the value is left out (the list's own for the
// elements of a list without names), and whether its strings are free text, in which placeholders are no matter.
type place struct {
	path, mark string
	free       bool
}

func (p place) field(key string) place {
	sub := place{path: key, mark: key, free: p.free || freeText[key]}
	if p.path != "" {
		sub.path, sub.mark = p.path+"."+key, p.mark+"."+key
	}
	if p.mark != p.path { // below an element without a name
		sub.mark = p.mark
	}
	return sub
}

// freeText are the fields whose strings programs read: "${HOME}" is a shell's there.
var freeText = map[string]bool{"command": true, "entryPoint": true, "environment": true, "dockerLabels": true}

func (d *decoder) see(path string, at Position) {
	if _, ok := d.places[path]; !ok {
		d.places[path] = at
	}
}

func (d *decoder) mark(path, why string) {
	if _, ok := d.unknown[path]; !ok {
		d.unknown[path] = why
	}
}

// wrong marks a place whose value is of another type than the API's.
func (d *decoder) wrong(p place, n node, belongs string) bool {
	switch {
	case n.kind == unknown:
		d.mark(p.mark, n.why)
		return false
	case n.kind == text && isPlaceholder(n.text):
		d.mark(p.mark, fmt.Sprintf("line %d: %s is a placeholder", n.at.Line, quoted(placeholderIn(n.text))))
		return false
	}
	d.mark(p.mark, fmt.Sprintf("line %d: %s stands where %s belongs", n.at.Line, n.kind, belongs))
	return false
}

// value decodes a node that is not null, and says whether it fitted.
func (d *decoder) value(p place, n node, v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*time.Time]() {
			return d.date(p, n, v)
		}
		inner := reflect.New(v.Type().Elem())
		if !d.value(p, n, inner.Elem()) {
			return false
		}
		v.Set(inner)
		return true
	case reflect.Struct:
		return d.structure(p, n, v)
	case reflect.Slice:
		return d.slice(p, n, v)
	case reflect.Map:
		return d.options(p, n, v)
	case reflect.Interface:
		return d.union(p, n, v)
	}
	return d.scalar(p, n, v)
}

func (d *decoder) structure(p place, n node, v reflect.Value) bool {
	if n.kind != object {
		return d.wrong(p, n, "an object")
	}
	for _, m := range n.members {
		name, ok := d.dialect.name(m.key)
		sub := p.field(name)
		d.see(sub.path, m.at)
		var f reflect.Value
		if ok {
			f = fieldOf(v, name)
		}
		switch {
		case !f.IsValid():
			d.unread = append(d.unread, Place{Path: sub.path, Position: m.at, Why: noKey})
		case m.value.kind != null:
			d.value(sub, m.value, f)
		}
	}
	if n.more != "" {
		d.lacking(p, n, v)
	}
	return true
}

// lacking marks the fields that an object does not have, but may.
func (d *decoder) lacking(p place, n node, v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && v.Field(i).IsZero() {
			d.mark(p.field(strings.ToLower(f.Name[:1])+f.Name[1:]).mark, n.more)
		}
	}
}

// noKey is why a key is not read.
const noKey = "no key of the ECS API that this version knows"

// fieldOf is the field with the API's name: a lower-case first letter, the rest as in Go (asserted by a test on the SDK).
func fieldOf(v reflect.Value, key string) reflect.Value {
	return v.FieldByName(strings.ToUpper(key[:1]) + key[1:])
}

func (d *decoder) options(p place, n node, v reflect.Value) bool {
	if n.kind != object {
		return d.wrong(p, n, "an object")
	}
	if n.more != "" { // what may be added has any name
		d.mark(p.mark, n.more)
		return false
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, m := range n.members {
		sub := p.field(m.key)
		d.see(sub.path, m.at)
		value := reflect.New(v.Type().Elem()).Elem()
		if m.value.kind != null && d.value(sub, m.value, value) {
			v.SetMapIndex(reflect.ValueOf(m.key), value)
		}
	}
	return true
}

func (d *decoder) slice(p place, n node, v reflect.Value) bool {
	if n.kind != list {
		return d.wrong(p, n, "a list")
	}
	all := reflect.MakeSlice(v.Type(), 0, len(n.items))
	for i, item := range n.items {
		sub := d.element(p, i, item, v.Type().Elem())
		d.see(sub.path, item.at)
		one := reflect.New(v.Type().Elem()).Elem()
		if item.kind == null {
			d.wrong(sub, item, "a value")
		} else if d.value(sub, item, one) {
			d.alias(p, one, item.at)
			all = reflect.Append(all, one)
		}
	}
	v.Set(all)
	return true
}

// named are the types whose lists are keyed by name in paths.
var named = map[reflect.Type]bool{
	reflect.TypeFor[types.ContainerDefinition](): true, reflect.TypeFor[types.Volume](): true,
	reflect.TypeFor[types.KeyValuePair](): true, reflect.TypeFor[types.Secret](): true,
}

// element is the place of an element: by name, or by index, which marks the whole list.
func (d *decoder) element(p place, i int, item node, t reflect.Type) place {
	sub := place{path: p.path + "[" + strconv.Itoa(i) + "]", mark: p.mark, free: p.free}
	if !named[t] {
		return sub
	}
	sub.path = p.path + "[#" + strconv.Itoa(i) + "]"
	if item.kind == object {
		sub.path = p.path + "[]" // as rules name a container without a name
		if name := d.dialect.get(item, "name"); name.kind == text || name.kind == unknown && name.text != "" {
			sub.path = p.path + "[" + name.text + "]"
		}
	}
	if p.mark == p.path {
		sub.mark = sub.path
	}
	return sub
}

// alias adds the paths under which rules know a mapping and a dependency.
func (d *decoder) alias(p place, v reflect.Value, at Position) {
	switch e := v.Interface().(type) {
	case types.PortMapping:
		d.see(p.path+"["+rules.MappingKey(e)+"]", at)
	case types.ContainerDependency:
		if e.ContainerName != nil {
			d.see(p.path+"["+*e.ContainerName+"]", at)
		}
	}
}
