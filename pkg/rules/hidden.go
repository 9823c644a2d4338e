package rules

import "strings"

// Hidden stands for a value that may be a secret.
const Hidden = "(hidden)"

// hidingMembers are the members of a definition whose values people put secrets into, by lower-case name: each value below is hidden, and
// the names are not. The API's names and the SDK's are the same then.
var hidingMembers = map[string]bool{
	"environment": true, "properties": true, "options": true, "dockerlabels": true, "driveropts": true, "command": true, "entrypoint": true,
}

// plainMembers are members below those whose values are no secrets: names of things, what FireLens itself reads, and outputs.
var plainMembers = map[string]bool{
	"name": true, "@type": true, "region": true, "log-driver-buffer-limit": true,
	"enable-ecs-log-metadata": true, "config-file-type": true, "config-file-value": true,
}

// Hide is a definition, or a part of one, as JSON's any, for people's eyes: a copy without the values of environment variables, log
// options, labels and commands.
func Hide(v any) any { return hide(v, false) }

func hide(v any, below bool) any {
	switch v := v.(type) {
	case map[string]any:
		shown := make(map[string]any, len(v))
		for k, e := range v {
			name := strings.ToLower(k)
			if plainMembers[name] {
				shown[k] = hide(e, false)
			} else {
				shown[k] = hide(e, below || hidingMembers[name])
			}
		}
		return shown
	case []any:
		shown := make([]any, len(v))
		for i, e := range v {
			shown[i] = hide(e, below)
		}
		return shown
	case nil:
		return nil
	}
	if below && v != "" {
		return Hidden
	}
	return v
}
