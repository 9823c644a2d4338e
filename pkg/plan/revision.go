package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aymanbagabas/go-udiff"

	"github.com/firewarden/firewarden/pkg/rules"
)

// The tags that a corrected revision carries. They are information, never trusted: pipelines copy them.
const (
	TagCorrectedFrom = "firewarden:corrected-from"
	TagRules         = "firewarden:rules"
)

// maxTags is ECS's limit of tags a resource.
const maxTags = 50

// Revision is the plan of a corrected revision: what is there, what is to be registered, and by which rules.
type Revision struct {
	Current rules.Definition
	Desired rules.Definition
	// Rules are the ids of the rules whose fixes the desired state holds, in order.
	Rules []string
	// TagsDropped says that the definition has so many tags that ours do not fit.
	TagsDropped bool
}

// Correct plans one revision that holds the fixes of these rules, those that change nothing left out.
func Correct(current rules.Definition, fixing []rules.Rule, p rules.Params) Revision {
	r := Revision{Current: current, Desired: current}
	for _, rule := range fixing {
		fixed, ok := rule.Fix(r.Desired, p).(rules.Definition)
		if ok && len(Compare(r.Desired, fixed)) > 0 {
			r.Desired = fixed
			r.Rules = append(r.Rules, rule.ID)
		}
	}
	r.Desired.Tags = slices.DeleteFunc(slices.Clone(current.Tags), func(t types.Tag) bool { return reserved(value(t.Key)) })
	if !r.Empty() {
		r.Desired.Tags, r.TagsDropped = tagged(current, r.Rules)
	}
	return r
}

// Empty says that there is nothing to register.
func (r Revision) Empty() bool { return len(r.Rules) == 0 }

// Changes are the places in which the desired definition differs.
func (r Revision) Changes() []Change { return Compare(r.Current, r.Desired) }

// String prints the plan as a unified diff of the two definitions.
func (r Revision) String() string {
	return udiff.Unified(r.Current.Name(), "corrected", text(r.Current), text(r.Desired))
}

// tagged is the definition's tags without those that AWS reserves, and with ours in place of older ones where they fit.
func tagged(d rules.Definition, ids []string) ([]types.Tag, bool) {
	var kept []types.Tag
	for _, t := range d.Tags {
		key := value(t.Key)
		if reserved(key) || key == TagCorrectedFrom || key == TagRules {
			continue
		}
		kept = append(kept, t)
	}
	if len(kept)+2 > maxTags {
		return kept, true
	}
	from, by := TagCorrectedFrom, TagRules
	source, list := d.Name(), strings.Join(ids, " ")
	return append(slices.Clip(kept), types.Tag{Key: &from, Value: &source}, types.Tag{Key: &by, Value: &list}), false
}

// reserved says whether AWS keeps a tag key for itself; registering with such a key is refused.
func reserved(key string) bool { return strings.HasPrefix(strings.ToLower(key), "aws:") }

// Verify says how what was registered differs from what was planned: nil where it does not. Only the plan's paths may differ
// from the current definition, and each must hold what was planned.
func (r Revision) Verify(registered rules.Definition) error {
	if diff := Compare(r.Desired, registered); len(diff) > 0 {
		var paths []string
		for _, c := range diff {
			paths = append(paths, c.Path)
		}
		return fmt.Errorf("the registered revision differs from the planned one at %s", strings.Join(paths, ", "))
	}
	return nil
}

func value(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
