package owner

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/plan"
)

// edit is one change of one container, as the plan wants it.
type edit struct {
	container string
	index     int
	// path is the member's path in the container, by the API's names.
	path []string
	// value is the member as it shall be; an empty list where all its elements go, nil where the member goes.
	value any
	// gone and fresh are the elements of a list that go and come.
	gone, fresh []any
	// base is how much of the path is there already.
	base int
	// router says that the container is one.
	router bool
}

// changed are a plan's edits, and the changes of which only the place is told.
type changed struct {
	edits []edit
	// silent are the paths of members that no fix of ours changes: their values may be secrets.
	silent []string
}

// shown are the members whose values a patch holds. None of them takes a secret.
var shown = []string{
	"dependsOn", "portMappings", "essential", "memoryReservation", "firelensConfiguration.options.enable-ecs-log-metadata",
}

// changes lists what a plan changes, by container and member. Containers keep their places: no fix adds, drops or moves one.
func changes(p plan.Revision) changed {
	var found changed
	before, after := plan.Tree(p.Current), plan.Tree(p.Desired)
	had, want := list(before["containerDefinitions"]), list(after["containerDefinitions"])
	for i := range min(len(had), len(want)) {
		a, _ := had[i].(map[string]any)
		b, _ := want[i].(map[string]any)
		name, _ := b["name"].(string)
		found.member(edit{container: name, index: i, router: b["firelensConfiguration"] != nil}, a, b)
	}
	return found
}

// member adds the changes of a member, or of those in it where it is an object.
func (c *changed) member(at edit, a, b any) {
	if reflect.DeepEqual(a, b) {
		return
	}
	ma, oka := a.(map[string]any)
	mb, okb := b.(map[string]any)
	if (oka || a == nil) && (okb || b == nil) {
		if oka {
			at.base = len(at.path)
		}
		for _, key := range members(ma, mb) {
			sub := at
			sub.path = append(slices.Clip(at.path), key)
			c.member(sub, ma[key], mb[key])
		}
		return
	}
	path := strings.Join(at.path, ".")
	if !slices.Contains(shown, path) {
		c.silent = append(c.silent, path+" of container "+at.container)
		return
	}
	at.value, at.gone, at.fresh = b, without(list(a), list(b)), without(list(b), list(a))
	if b == nil && list(a) != nil {
		at.value = []any{}
	}
	c.edits = append(c.edits, at)
}

// members are the names of both objects' members, in order.
func members(a, b map[string]any) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// list is a value as a list; nil where it is none.
func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// without are the elements of a that b has not.
func without(a, b []any) []any {
	return slices.DeleteFunc(slices.Clone(a), func(x any) bool {
		return slices.ContainsFunc(b, func(y any) bool { return reflect.DeepEqual(x, y) })
	})
}
