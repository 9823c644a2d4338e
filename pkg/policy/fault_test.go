package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFaultsAreNamedWithTheirPlace(t *testing.T) {
	const among = "must be one of off, report, along, remediate"
	for _, c := range []struct{ sentence, text, want string }{
		{"a key misspelt", "mode: report\n\nallow_protocol_los: true", `policy.yaml:3: unknown key "allow_protocol_los" (did you mean "allow_protocol_loss"?)`},
		{"a key that has no effect yet", `scope: account`, `policy.yaml:1: unknown key "scope"`},
		{"a key below misspelt", "brakes:\n  before_first_swep: 1", `policy.yaml:2: unknown key "before_first_swep" (did you mean "before_first_sweep"?)`},
		{"a key below that has no effect yet", `brakes: {per_day: 60}`, `policy.yaml:1: unknown key "per_day"`},
		{"a key twice", "mode: report\nrules: {}\nmode: remediate", `policy.yaml:3: key "mode" is given twice, first in line 1`},
		{"a rule twice", "rules:\n  FL101: off\n  \"FL101\": report", `policy.yaml:3: key "FL101" is given twice, first in line 2`},
		{
			"several faults", "mod: report\nrules: []\nbrakes: {before_first_sweep: -1}",
			"policy.yaml:1: unknown key \"mod\" (did you mean \"mode\"?)\npolicy.yaml:2: rules must be a mapping\npolicy.yaml:3: brakes.before_first_sweep must be a whole number, 0 or more",
		},
		{"a list", "- mode", `policy.yaml:1: the policy must be a mapping`},
		{"a word", "report", `policy.yaml:1: the policy must be a mapping`},
		{"a list for a key", "? [a]\n: b", `policy.yaml:1: the policy: a key must be a text`},
		{"a section left empty", "rules:", `policy.yaml:1: rules must be a mapping`},
		{"a cap that is none", "mode: off", `policy.yaml:1: mode must be one of report, remediate`},
		{"a cap in capitals", "mode: Report", `policy.yaml:1: mode must be one of report, remediate`},
		{"a cap that is a list", "mode: [report]", `policy.yaml:1: mode must be one of report, remediate`},
		{"a cap left empty", "mode:", `policy.yaml:1: mode must be one of report, remediate`},
		{"a mode that is none", "rules:\n  FL101: fix", `policy.yaml:2: rules.FL101 ` + among},
		{"a mode that is a boolean", "rules: {FL101: false}", `policy.yaml:1: rules.FL101 ` + among},
		{"a rule that is none", "rules: {FL999: report}", `policy.yaml:1: rules: "FL999" names no rule; it is a rule's id or the beginning of some and "*"`},
		{"a beginning of none", `rules: {"FL9*": report}`, `policy.yaml:1: rules: "FL9*" names no rule; it is a rule's id or the beginning of some and "*"`},
		{"a star inside", `rules: {"FL*1": report}`, `policy.yaml:1: rules: "FL*1" names no rule; it is a rule's id or the beginning of some and "*"`},
		{"remediate without a fix", "rules:\n  FL105: remediate", `policy.yaml:2: rules.FL105: mode remediate needs a rule with a fix`},
		{"remediate for a beginning without any fix", `rules: {"FL3*": remediate}`, `policy.yaml:1: rules.FL3*: mode remediate needs a rule with a fix`},
		{"along without a fix", "rules: {FL105: along}", `policy.yaml:1: rules.FL105: mode along needs a rule with a fix that is part of a corrected revision`},
		{"along for a group's rule", "rules: {FL101: along}", `policy.yaml:1: rules.FL101: mode along needs a rule with a fix that is part of a corrected revision`},
		{"a boolean that is a word", "allow_protocol_loss: yes", `policy.yaml:1: allow_protocol_loss must be true or false`},
		{"a boolean in quotes", `allow_protocol_loss: "true"`, `policy.yaml:1: allow_protocol_loss must be true or false`},
		{"a count that is a fraction", "brakes: {before_first_sweep: 1.5}", `policy.yaml:1: brakes.before_first_sweep must be a whole number, 0 or more`},
		{"a count in quotes", `brakes: {before_first_sweep: "1"}`, `policy.yaml:1: brakes.before_first_sweep must be a whole number, 0 or more`},
		{"a count beyond counting", "brakes: {before_first_sweep: 99999999999999999999}", `policy.yaml:1: brakes.before_first_sweep must be a whole number, 0 or more`},
		{"an alias", "rules: &r {FL101: off}\nbrakes: *r", `policy.yaml:2: key "brakes": aliases are not supported`},
		{"an anchor that is none", "rules: *r", `policy.yaml: unknown anchor 'r' referenced`},
		{"a merge", "rules: {<<: {FL101: off}}", `policy.yaml:1: rules: "<<" names no rule; it is a rule's id or the beginning of some and "*"`},
		{"two documents", "mode: report\n---\nmode: remediate", `policy.yaml:2: a second document begins here; a policy is one`},
		{"a tab for an indent", "rules:\n\tFL101: off", `policy.yaml:2: found character that cannot start any token`},
		{"a brace left open", "mode: report\nrules: {FL101: off", `policy.yaml:2: did not find expected ',' or '}'`},
		{"a brace left open in the first line", "rules: {FL101", `policy.yaml:1: did not find expected ',' or '}'`},
		{"a brace left open further up", "mode: report\nrules: {FL101: off\nallow_protocol_loss: true\n", `policy.yaml:2: did not find expected ',' or '}'`},
		{"a brace too many", "mode: report\nrules: {}}\n", `policy.yaml:2: did not find expected key`},
		{"a second document that is broken", "mode: report\n---\n\tx", `policy.yaml:3: found character that cannot start any token`},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			p, err := read(c.text)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if diff := cmp.Diff(Policy{}, p); diff != "" {
				t.Errorf("a refused policy is half there:\n%s", diff)
			}
		})
	}
}
