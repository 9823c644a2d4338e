package routerconf

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Environment are the values that a container's definition gives its variables. Those set from secrets or environment files are
// not among them.
func Environment(c types.ContainerDefinition) map[string]string {
	env := map[string]string{}
	for _, v := range c.Environment {
		if v.Name != nil && v.Value != nil {
			env[*v.Name] = *v.Value
		}
	}
	return env
}

// variable matches a variable of Fluent Bit (src/flb_env.c, flb_env_var_translate).
var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

// resolve puts the values of variables in their place. A value with a variable that is not known stays as it is, with the reason.
func (r *reader) resolve(value string) (resolved, why string) {
	if !strings.Contains(value, "${") {
		return value, ""
	}
	var b strings.Builder
	rest := value
	for m := variable.FindStringSubmatchIndex(rest); m != nil; m = variable.FindStringSubmatchIndex(rest) {
		known, why := r.lookup(rest[m[2]:m[3]])
		if why != "" {
			return value, why
		}
		b.WriteString(rest[:m[0]] + known)
		rest = rest[m[1]:]
	}
	b.WriteString(rest)
	return b.String(), ""
}

// lookup is a variable's value: what @SET and env say before the container's own, as flb_env_get has it.
func (r *reader) lookup(name string) (value, why string) {
	value, ok := r.set[name]
	if !ok {
		value, ok = r.around.Env[name]
	}
	if !ok {
		return "", "the value of the variable " + shown(name) + " is not known"
	}
	if r.grown -= len(value); r.grown < 0 {
		return "", "its variables make too long a text"
	}
	return value, ""
}

// finish resolves what is only known when all files are read (@SET holds for sections before it too), and names the plugins.
func (r *reader) finish() rules.RouterConfig {
	r.settle(r.root.Sections)
	r.config.Sections = r.root.Sections
	return r.config
}

func (r *reader) settle(all []rules.ConfigSection) {
	plugs := plugged[r.kind]
	for i := range all {
		s := &all[i]
		if r.kind == types.FirelensConfigurationTypeFluentbit {
			for j := range s.Options {
				s.Options[j].Value, s.Options[j].Unknown = r.resolve(s.Options[j].Value)
			}
		}
		if plugs[s.Kind] {
			r.plugin(s)
		}
		r.settle(s.Sections)
	}
}

// plugged are the kinds of section whose name is a plugin's.
var plugged = map[types.FirelensConfigurationType]map[string]bool{
	types.FirelensConfigurationTypeFluentbit: {"input": true, "filter": true, "output": true, "custom": true},
	types.FirelensConfigurationTypeFluentd: {
		"source": true, "match": true, "store": true, "secondary": true, "filter": true,
		"buffer": true, "parse": true, "format": true, "inject": true, "extract": true,
	},
}

// plugin names the plugin of a section. Fluent Bit takes the first name (flb_cf_section_property_get_string), and of it what stands
// before "://"; up to 1.9 an input's needs only to begin with the plugin's (src/flb_input.c, check_protocol), so that a comment behind
// it is no matter. Fluentd takes "type" where there is no "@type" (lib/fluent/config/element.rb, RESERVED_PARAMETERS_COMPAT).
func (r *reader) plugin(s *rules.ConfigSection) {
	o, ok := named(*s, "name")
	if r.kind == types.FirelensConfigurationTypeFluentd {
		if o, ok = named(*s, "@type"); !ok {
			o, ok = named(*s, "type")
		}
	}
	switch {
	case !ok:
	case o.Unknown != "":
		r.gap(s.Kind, "the plugin of a section of kind "+s.Kind+" is not known: "+o.Unknown, rules.ConfigPlace{File: s.Place.File, Line: o.Line})
	default:
		name, _, _ := strings.Cut(strings.TrimSpace(o.Value), "://")
		if end := strings.IndexAny(name, " \t"); end >= 0 && r.kind == types.FirelensConfigurationTypeFluentbit {
			name = name[:end]
		}
		s.Plugin = strings.ToLower(name)
	}
}

// named is the first option of that key.
func named(s rules.ConfigSection, key string) (rules.ConfigOption, bool) {
	i := slices.IndexFunc(s.Options, func(o rules.ConfigOption) bool { return o.Key == key })
	if i < 0 {
		return rules.ConfigOption{}, false
	}
	return s.Options[i], true
}

// shownLength bounds what messages quote of a file.
const shownLength = 80

// shown quotes a name for a message.
func shown(name string) string {
	if r := []rune(name); len(r) > shownLength {
		name = string(r[:shownLength]) + "…"
	}
	return strconv.Quote(name)
}

// embeddedEnv is the one form of Ruby in Fluentd's values that is evaluated: a variable of the container, as the ECS agent writes.
var embeddedEnv = regexp.MustCompile(`^\s*ENV\[(?:'([^']+)'|"([^"]+)")\]\s*$`)

// embedded evaluates Ruby in a value.
func (r *reader) embedded(code string) (value, why string) {
	m := embeddedEnv.FindStringSubmatch(code)
	if m == nil {
		return "", "Ruby stands in its value"
	}
	return r.lookup(m[1] + m[2])
}
