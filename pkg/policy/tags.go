package policy

import "github.com/firewarden/firewarden/pkg/rules"

// TagsOf are a resource's tags by key, as ModeOn and ExemptByTag take them; the value is "" where a tag has none. Not nil.
func TagsOf(r rules.Resource) map[string]string {
	tags := map[string]string{}
	add := func(key, value *string) {
		switch {
		case key == nil:
		case value == nil:
			tags[*key] = ""
		default:
			tags[*key] = *value
		}
	}
	switch r := r.(type) {
	case rules.Definition:
		for _, t := range r.Tags {
			add(t.Key, t.Value)
		}
	case rules.Group:
		for _, t := range r.Tags {
			add(t.Key, t.Value)
		}
	}
	return tags
}
