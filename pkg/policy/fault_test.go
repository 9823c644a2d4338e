package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fault is a text that is refused, and how. Those that a JSON Schema cannot see are marked: it does not know the rule book, nor what
// YAML is before it becomes values.
type fault struct {
	sentence, text, want string
	unseen               bool
}

func faults() []fault {
	const among = "must be one of off, report, along, remediate"
	return []fault{
		{"a key misspelt", "mode: report\n\nallow_protocol_los: true", `policy.yaml:3: unknown key "allow_protocol_los" (did you mean "allow_protocol_loss"?)`, false},
		{"a key that has no effect yet", `scope: account`, `policy.yaml:1: unknown key "scope"`, false},
		{"a key below misspelt", "brakes:\n  before_first_swep: 1", `policy.yaml:2: unknown key "before_first_swep" (did you mean "before_first_sweep"?)`, false},
		{"a key below that has no effect yet", `brakes: {per_day: 60}`, `policy.yaml:1: unknown key "per_day"`, false},
		{"a key twice", "mode: report\nrules: {}\nmode: remediate", `policy.yaml:3: key "mode" is given twice, first in line 1`, false},
		{"a rule twice", "rules:\n  FL101: off\n  \"FL101\": report", `policy.yaml:3: key "FL101" is given twice, first in line 2`, false},
		{
			"several faults", "mod: report\nrules: []\nbrakes: {before_first_sweep: -1}",
			"policy.yaml:1: unknown key \"mod\" (did you mean \"mode\"?)\npolicy.yaml:2: rules must be a mapping\npolicy.yaml:3: brakes.before_first_sweep must be a whole number, 0 or more", false,
		},
		{"a list", "- mode", `policy.yaml:1: the policy must be a mapping`, false},
		{"a word", "report", `policy.yaml:1: the policy must be a mapping`, false},
		{"a list for a key", "? [a]\n: b", `policy.yaml:1: the policy: a key must be a text`, false},
		{"a section left empty", "rules:", `policy.yaml:1: rules must be a mapping`, false},
		{"a cap that is none", "mode: off", `policy.yaml:1: mode must be one of report, remediate`, false},
		{"a cap in capitals", "mode: Report", `policy.yaml:1: mode must be one of report, remediate`, false},
		{"a cap that is a list", "mode: [report]", `policy.yaml:1: mode must be one of report, remediate`, false},
		{"a cap left empty", "mode:", `policy.yaml:1: mode must be one of report, remediate`, false},
		{"a mode that is none", "rules:\n  FL101: fix", `policy.yaml:2: rules.FL101 ` + among, false},
		{"a mode that is a boolean", "rules: {FL101: false}", `policy.yaml:1: rules.FL101 ` + among, false},
		{"a rule that is none", "rules: {FL999: report}", `policy.yaml:1: rules: "FL999" names no rule; it is a rule's id or the beginning of some and "*"`, true},
		{"a beginning of none", `rules: {"FL9*": report}`, `policy.yaml:1: rules: "FL9*" names no rule; it is a rule's id or the beginning of some and "*"`, true},
		{"a star inside", `rules: {"FL*1": report}`, `policy.yaml:1: rules: "FL*1" names no rule; it is a rule's id or the beginning of some and "*"`, false},
		{"remediate without a fix", "rules:\n  FL105: remediate", `policy.yaml:2: rules.FL105: mode remediate needs a rule with a fix`, true},
		{"remediate for a beginning without any fix", `rules: {"FL3*": remediate}`, `policy.yaml:1: rules.FL3*: mode remediate needs a rule with a fix`, true},
		{"along without a fix", "rules: {FL105: along}", `policy.yaml:1: rules.FL105: mode along needs a rule with a fix that is part of a corrected revision`, true},
		{"along for a group's rule", "rules: {FL101: along}", `policy.yaml:1: rules.FL101: mode along needs a rule with a fix that is part of a corrected revision`, true},
		{"a boolean that is a word", "allow_protocol_loss: yes", `policy.yaml:1: allow_protocol_loss must be true or false`, false},
		{"a boolean in quotes", `allow_protocol_loss: "true"`, `policy.yaml:1: allow_protocol_loss must be true or false`, false},
		{"a count that is a fraction", "brakes: {before_first_sweep: 1.5}", `policy.yaml:1: brakes.before_first_sweep must be a whole number, 0 or more`, false},
		{"a count in quotes", `brakes: {before_first_sweep: "1"}`, `policy.yaml:1: brakes.before_first_sweep must be a whole number, 0 or more`, false},
		{"a count beyond counting", "brakes: {before_first_sweep: 99999999999999999999}", `policy.yaml:1: brakes.before_first_sweep must be a whole number, 0 or more`, true},
		{"an alias", "rules: &r {FL101: off}\nbrakes: *r", `policy.yaml:2: key "brakes": aliases are not supported`, false},
		{"an anchor that is none", "rules: *r", `policy.yaml:1: unknown anchor 'r' referenced`, false},
		{"a merge", "rules: {<<: {FL101: off}}", `policy.yaml:1: rules: "<<" names no rule; it is a rule's id or the beginning of some and "*"`, true},
		{"two documents", "mode: report\n---\nmode: remediate", `policy.yaml:2: a second document begins here; a policy is one`, false},
		{"a tab for an indent", "rules:\n\tFL101: off", `policy.yaml:2: found character that cannot start any token`, false},
		{"a brace left open", "mode: report\nrules: {FL101: off", `policy.yaml:2: did not find expected ',' or '}'`, false},
		{"a brace left open in the first line", "rules: {FL101", `policy.yaml:1: did not find expected ',' or '}'`, false},
		{"a brace left open at the end of a line", "rules: {\n", `policy.yaml:1: did not find expected node content`, false},
		{"a brace left open further up", "mode: report\nrules: {FL101: off\nallow_protocol_loss: true\n", `policy.yaml:2: did not find expected ',' or '}'`, false},
		{"a brace too many", "mode: report\nrules: {}}\n", `policy.yaml:2: did not find expected key`, false},
		{"a second document that is broken", "mode: report\n---\n@x", `policy.yaml:3: found character that cannot start any token`, false},
		{"an exemption that is a word", `exemptions: [FL101]`, `policy.yaml:1: exemption must be a mapping`, false},
		{"exemptions that are a mapping", `exemptions: {FL101: sg-1}`, `policy.yaml:1: exemptions must be a list`, false},
		{"an exemption without an end", "exemptions:\n- rule: FL101\n  resource: sg-1\n  reason: r\n  owner: o", "policy.yaml:2: exemption needs `until`", false},
		{"an exemption without a reason", `exemptions: [{rule: FL101, resource: sg-1, owner: o, until: 2027-01-31}]`, "policy.yaml:1: exemption needs `reason`", false},
		{"an exemption with an empty reason", `exemptions: [{rule: FL101, resource: sg-1, reason: " ", owner: o, until: 2027-01-31}]`, "policy.yaml:1: exemption.reason must be a text of at least one word", false},
		{"an exemption that nobody answers for", `exemptions: [{rule: FL101, resource: sg-1, reason: r, until: 2027-01-31}]`, "policy.yaml:1: exemption needs `owner`", false},
		{"an end that is none", `exemptions: [{rule: FL101, resource: sg-1, reason: r, owner: o, until: never}]`, "policy.yaml:1: exemption.until must be a date, as 2027-01-31", false},
		{"an end on no day", `exemptions: [{rule: FL101, resource: sg-1, reason: r, owner: o, until: 2027-02-30}]`, "policy.yaml:1: exemption.until must be a date, as 2027-01-31", false},
		{"an end with a time", `exemptions: [{rule: FL101, resource: sg-1, reason: r, owner: o, until: 2027-01-31T10:00:00Z}]`, "policy.yaml:1: exemption.until must be a date, as 2027-01-31", false},
		{"an exemption from no rule", `exemptions: [{rule: FL999, resource: sg-1, reason: r, owner: o, until: 2027-01-31}]`, `policy.yaml:1: exemption.rule: "FL999" names no rule; it is a rule's id or the beginning of some and "*"`, true},
		{"a resource of no kind", `exemptions: [{rule: FL101, resource: group/sg-1, reason: r, owner: o, until: 2027-01-31}]`, `policy.yaml:1: exemption.resource: "group" is no kind of resource; before a slash stands security-group or task-definition`, true},
		{"a bracket left open", `exemptions: [{rule: FL101, resource: "sg-[1", reason: r, owner: o, until: 2027-01-31}]`, `policy.yaml:1: exemption.resource: "sg-[1" is no pattern: a bracket or a backslash is left open`, true},
		{"an exemption's key misspelt", `exemptions: [{rule: FL101, resource: sg-1, reasons: r, reason: r, owner: o, until: 2027-01-31}]`, `policy.yaml:1: unknown key "reasons" (did you mean "reason"?)`, false},
		{"a value that is no text for YAML", `tag_modes: [{tag: safe, value: true, rule: FL101, mode: report}]`, `policy.yaml:1: tag mode.value must be a text: put it in quotes`, false},
		{"a value left empty", `tag_modes: [{tag: safe, value: , rule: FL101, mode: report}]`, `policy.yaml:1: tag mode.value must be a text of at least one word`, false},
		{"a tag mode that silences", `tag_modes: [{tag: env, rule: FL101, mode: off}]`, `policy.yaml:1: tag mode.mode must be one of report, along`, false},
		{"a tag mode that raises", `tag_modes: [{tag: env, rule: FL101, mode: remediate}]`, `policy.yaml:1: tag mode.mode must be one of report, along`, false},
		{"a tag mode without a tag", `tag_modes: [{rule: FL101, mode: report}]`, "policy.yaml:1: tag mode needs `tag`", false},
		{"too little memory", "thresholds: {memory_reservation: 5}", `policy.yaml:1: thresholds.memory_reservation must be a whole number, 6 or more`, false},
		{"more memory than can be said", "thresholds: {memory_reservation: 2147483648}", `policy.yaml:1: thresholds.memory_reservation must be a whole number, 6 or more`, true},
		{"a name that no container has", `thresholds: {router_name: "{service}-log router"}`, `policy.yaml:1: thresholds.router_name must be a text of letters, digits, "-", "_", "*" and "{family}"`, false},
		{"a rollout that is none", "rollout: code-deploy", `policy.yaml:1: rollout must be one of none, update-service`, false},
		{"a sweep that takes too much", "sweep_percent: 101", `policy.yaml:1: sweep_percent must be a whole number, from 5 to 100`, false},
		{"a sweep that takes too little", "sweep_percent: 4", `policy.yaml:1: sweep_percent must be a whole number, from 5 to 100`, false},
		{"a digest that is a boolean", "digest: true", `policy.yaml:1: digest must be one of always, findings, never`, false},
	}
}

func TestFaultsAreNamedWithTheirPlace(t *testing.T) {
	for _, c := range faults() {
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
