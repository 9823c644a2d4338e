package policy

import (
	"regexp"
	"strings"
	"testing"

	ec2 "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecs "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/firewarden/firewarden/pkg/rules"
)

func TestATagLowersAModeAndNeverRaisesOrSilencesIt(t *testing.T) {
	const dev = `tag_modes: [{tag: environment, value: dev, rule: "FL1*", mode: report}, {tag: hands-off, rule: "*", mode: along}]` + "\n"
	for _, c := range []struct {
		sentence, text string
		tags           map[string]string
		want           string
	}{
		{"no tags", dev, nil, "remediate/remediate/report/along/report"},
		{"the tag with its value", dev, map[string]string{"environment": "dev"}, "report/report/report/along/report"},
		{"the tag with another value", dev, map[string]string{"environment": "prod"}, "remediate/remediate/report/along/report"},
		{"the tag in another case", dev, map[string]string{"Environment": "dev"}, "remediate/remediate/report/along/report"},
		{"any value, and along on a group is report", dev, map[string]string{"hands-off": ""}, "report/along/report/along/report"},
		{"two tags: the lower counts", dev, map[string]string{"hands-off": "", "environment": "dev"}, "report/report/report/along/report"},
		{"off stays off", dev + `rules: {FL101: off, "FL2*": off}`, map[string]string{"hands-off": "", "environment": "dev"}, "off/report/report/off/report"},
		{"report stays report", dev + `mode: report`, map[string]string{"hands-off": ""}, "report/report/report/report/report"},
		{"a tag that the policy does not list", ``, map[string]string{"environment": "dev"}, "remediate/remediate/report/along/report"},
	} {
		p, err := read(c.text)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, r := range book() {
			all = append(all, string(p.ModeOn(r, c.tags)))
		}
		if got := strings.Join(all, "/"); got != c.want {
			t.Errorf("%s: %s, want %s", c.sentence, got, c.want)
		}
	}
}

func TestTagsAreThoseOfTheResource(t *testing.T) {
	key, value := "environment", "dev"
	want := map[string]string{"environment": "dev", "dev": ""}
	for _, r := range []rules.Resource{
		rules.Definition{Tags: []ecs.Tag{{Key: &key, Value: &value}, {Key: &value}, {Value: &value}}},
		rules.Group{Tags: []ec2.Tag{{Key: &key, Value: &value}, {Key: &value}, {Value: &value}}},
	} {
		if diff := cmp.Diff(want, TagsOf(r)); diff != "" {
			t.Errorf("%s: %s", r.Kind(), diff)
		}
	}
}

func TestARolloutByTagIsThePolicysToAllow(t *testing.T) {
	for _, c := range []struct {
		text, tag string
		want      Rollout
	}{
		{"", "", RolloutNone},
		{"", "update-service", RolloutNone},
		{"rollout_tag: true", "", RolloutNone},
		{"rollout_tag: true", "update-service", RolloutUpdateService},
		{"rollout_tag: true", "Update-Service", RolloutNone},
		{"rollout: update-service", "", RolloutUpdateService},
		{"rollout: update-service", "none", RolloutNone},
		{"rollout: update-service", "nonsense", RolloutUpdateService},
	} {
		if got := parsed(t, c.text).RolloutOf(c.tag); got != c.want {
			t.Errorf("%q, tag %q: %s, want %s", c.text, c.tag, got, c.want)
		}
	}
}

func TestADigestIsSentWhenThePolicySaysSo(t *testing.T) {
	for text, want := range map[string][2]bool{"": {false, true}, "digest: always": {true, true}, "digest: findings": {false, true}, "digest: never": {false, false}} {
		p := parsed(t, text)
		if got := [2]bool{p.SendsDigest(0), p.SendsDigest(3)}; got != want {
			t.Errorf("%q: with no findings and with three %v, want %v", text, got, want)
		}
	}
}

// written are the characters that all services take in a tag's value.
var written = regexp.MustCompile(`^[\p{L}\p{N} +\-=._:/@]{0,256}$`)

func TestATagExemptionIsReadWhole(t *testing.T) {
	until := on(t, "2027-01-31 00:00:00")
	for value, want := range map[string][]Exemption{
		"FL101 until=2027-01-31 reason=log aggregator = port 24224, by platform": {{"FL101", "*", "log aggregator = port 24224, by platform", "", until, "tag firewarden:exempt"}},
		"  FL101  FL102 until=2027-01-31   reason=r ":                            {{"FL101", "*", "r", "", until, "tag firewarden:exempt"}, {"FL102", "*", "r", "", until, "tag firewarden:exempt"}},
		"until=2027-01-31 FL101 reason=r until=2030-01-01":                       {{"FL101", "*", "r until=2030-01-01", "", until, "tag firewarden:exempt"}},
	} {
		got, err := ParseTagExemption(value)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: error %v\n%s", value, err, diff)
		}
	}
	for value, want := range map[string]string{
		"":                                  "it names no rule",
		"until=2027-01-31 reason=r":         "it names no rule",
		"FL101":                             "exemption needs `until`",
		"FL101 reason=r":                    "exemption needs `until`",
		"FL101 until=2027-01-31":            "exemption needs `reason`",
		"FL101 until=2027-01-31 reason=  ":  "exemption needs `reason`",
		"FL101 until=31.1.2027 reason=r":    `"31.1.2027" is no date`,
		"FL101 until= reason=r":             `"" is no date`,
		"FL1* until=2027-01-31 reason=r":    `"FL1*" is no rule's id`,
		"FL999 until=2027-01-31 reason=r":   `"FL999" is no rule's id`,
		"fl101 until=2027-01-31 reason=r":   `"fl101" is no rule's id`,
		"FL101 forever\x1b[2J reason=r":     `"forever\x1b[2J" is no rule's id`,
		"FL101 until=2027-01-31 Reason=why": `"Reason=why" is no rule's id`,
	} {
		got, err := ParseTagExemption(value)
		if full := `tag firewarden:exempt: ` + want + `: write "FL101 until=2027-01-31 reason=why"`; err == nil || err.Error() != full || got != nil {
			t.Errorf("%q: %v, error %v\nwant %s", value, got, err, full)
		}
	}
	if !written.MatchString(strings.Trim(exemptTagForm, `"`)) {
		t.Error("the form that is proposed cannot be written in a tag")
	}
}

func TestATagExemptsOnlyWhereThePolicyLetsIt(t *testing.T) {
	const value = "FL101 until=2027-01-31 reason=log aggregator"
	of, at := found("FL101", "security-group/sg-1"), on(t, "2026-11-24 10:00:00")
	lets := parsed(t, "tag_exemptions: true")
	for _, c := range []struct {
		sentence string
		policy   Policy
		of       rules.Finding
		value    string
		want     bool
		fault    string
	}{
		{"by default", Default(), of, value, false, ""},
		{"by default, and it is malformed", Default(), of, "FL101", false, ""},
		{"where it is let", lets, of, value, true, ""},
		{"no tag", lets, of, "", false, ""},
		{"another rule", lets, found("FL102", "security-group/sg-1"), value, false, ""},
		{"ended", lets, of, "FL101 until=2026-11-23 reason=r", false, ""},
		{"malformed", lets, of, "FL101 until=2027-01-31", false, "needs `reason`"},
		{"an end that is far off", lets, of, "FL101 until=2099-12-31 reason=r", false, "it ends more than 366 days ahead"},
	} {
		e, got, err := c.policy.ExemptByTag(c.of, c.value, at)
		if got != c.want || got != (e.Reason == "log aggregator") {
			t.Errorf("%s: %t, %+v", c.sentence, got, e)
		}
		if (err != nil) != (c.fault != "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: error %v", c.sentence, err)
		}
	}
}
