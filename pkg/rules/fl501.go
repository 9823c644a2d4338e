package rules

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl501() Rule {
	return Rule{
		ID:       "FL501",
		Title:    "A router's name does not say whose it is",
		Severity: Info,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The router's name does not follow the policy's pattern (router_name), by default the definition's family before anything else. Capitals count as small letters and \"-\" as \"_\", and a part of the " +
				"family that says whose it is will do: web_log_router in the family shop-web.",
			Why: "AWS recommends to add my_service_ to the log container's name, so that container names can be told apart in the console. In an account where every task has a container called log_router, a console, a " +
				"metric by container name or an alarm on a stopped container says nothing about which service lost its logs.",
			Fix:     "None: dependencies, volumes, services and dashboards go by the name.",
			Silent:  "Where the name fits; where the policy's pattern is \"*\"; without a router. Unknown where a file does not tell the name, or the family that the pattern asks for.",
			Sources: []string{srcGuide},
		},
		Check: onDefinition(func(d Definition, p Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if c := &d.Task.ContainerDefinitions[i]; isRouter(c) {
					found = append(found, d.nameless(c, p)...)
				}
			}
			return found
		}),
	}
}

// mostWords bounds the parts of a family that are tried; a family has 255 letters at most.
const mostWords = 30

// usualName is the pattern of FL501 where the policy has none.
const usualName = "{family}*"

func (d Definition) nameless(router *types.ContainerDefinition, p Params) []Finding {
	pattern := p.RouterName
	if pattern == "" {
		pattern = usualName
	}
	name, family := str(router.Name), str(d.Task.Family)
	if unknown := d.unknownAt("FL501", router, "name"); unknown != nil || fits(pattern, name, family) {
		return unknown
	}
	path := Path(name, "name")
	if strings.Contains(pattern, "{family}") {
		if why := d.Why("family"); why != "" {
			return d.unknown("FL501", path, why)
		}
		if family == "" {
			return d.unknown("FL501", path, "the definition names no family")
		}
	}
	return []Finding{d.finding("FL501", Info, path, fmt.Sprintf("router %s does not say by its name whose it is; the pattern is %s", name, pattern))}
}

// fits says whether a router's name fits the pattern, with the family or a part of it in the family's place.
func fits(pattern, name, family string) bool {
	if pattern == usualName && family != "" && strings.HasPrefix(name, family) {
		return true // the usual case, without a copy
	}
	if !strings.Contains(pattern, "{family}") {
		return matches(folded(pattern), folded(name))
	}
	words := strings.Split(folded(family), "_")
	if len(words) > mostWords {
		return matches(folded(strings.ReplaceAll(pattern, "{family}", family)), folded(name))
	}
	for from := range words {
		for to := len(words); to > from; to-- {
			part := words[from:to]
			whole := len(part) == len(words) && family != ""
			if (whole || telling(part)) && matches(folded(strings.ReplaceAll(pattern, "{family}", strings.Join(part, "_"))), folded(name)) {
				return true
			}
		}
	}
	return false
}

// commonWords are what any router may be called: a part of a family that is made of them says nothing.
var commonWords = map[string]bool{
	"": true, "aws": true, "bit": true, "collector": true, "container": true, "ecs": true, "firelens": true, "fluent": true, "fluentbit": true,
	"fluentd": true, "for": true, "forwarder": true, "log": true, "logger": true, "logging": true, "logrouter": true, "logs": true,
	"router": true, "sidecar": true, "task": true,
}

func telling(words []string) bool {
	for _, w := range words {
		if !commonWords[w] {
			return true
		}
	}
	return false
}

func folded(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// matches says whether a text fits a pattern whose "*" is any text.
func matches(pattern, text string) bool {
	first, rest, starred := strings.Cut(pattern, "*")
	if !starred {
		return pattern == text
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for {
		part, more, starred := strings.Cut(rest, "*")
		if !starred {
			return strings.HasSuffix(text, part)
		}
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text, rest = text[at+len(part):], more
	}
}
