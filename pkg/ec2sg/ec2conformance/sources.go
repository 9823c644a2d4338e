package ec2conformance

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/rules"
)

// sourceCases are what holds for every kind of source.
func sourceCases() []Case {
	var found []Case
	for _, k := range kinds() {
		with := func(p *place, from, to int32) types.SecurityGroupRule {
			e := tcp(from, to)
			k.put(p, &e)
			return e
		}
		found = append(found,
			Case{Name: k.name + ": an authorized entry is read back", run: func(p *place) {
				want := with(p, 24000, 25000)
				p.add(want)
				p.has(rules.Allowance(want))
			}},
			Case{Name: k.name + ": an authorized entry has its description", Row: k.undescribed, run: func(p *place) {
				e := p.add(described(with(p, 24000, 25000), "log shippers"))
				if aws.ToString(e.Description) != "log shippers" {
					p.Errorf("description %q", aws.ToString(e.Description))
				}
			}},
			Case{Name: k.name + ": an authorized entry has its tags", run: func(p *place) {
				e := p.add(tagged(tagged(with(p, 24000, 25000), "team", "web"), "ticket", "42"))
				if got := tagTexts(e.Tags); !sameSet(got, []string{"team=web", "ticket=42"}) {
					p.Errorf("tags %q", got)
				}
			}},
			Case{Name: k.name + ": a second entry that allows the same is refused", run: func(p *place) {
				e := with(p, 24000, 25000)
				p.add(e)
				p.refused(ec2sg.IsDuplicate, p.authorize(e))
				p.has(rules.Allowance(e))
			}},
			Case{Name: k.name + ": narrowing in place keeps id, source, description and tags", run: func(p *place) {
				was := p.add(tagged(with(p, 24000, 24224), "team", "web"))
				p.must(p.modify(was, described(ranged(was, 24000, 24223), "log shippers")))
				p.kept(was, described(ranged(was, 24000, 24223), "log shippers"))
			}},
			Case{Name: k.name + ": splitting leaves both halves, each with its tags", run: func(p *place) {
				was := p.add(tagged(with(p, 24000, 25000), "team", "web"))
				p.must(p.authorize(ranged(was, 24225, 25000)))
				p.must(p.modify(was, ranged(was, 24000, 24223)))
				p.has(rules.Allowance(ranged(was, 24000, 24223)), rules.Allowance(ranged(was, 24225, 25000)))
				for _, e := range p.read().Entries {
					if !slices.Equal(tagTexts(e.Tags), []string{"team=web"}) {
						p.Errorf("%s has tags %q", rules.Allowance(e), tagTexts(e.Tags))
					}
				}
			}},
			Case{Name: k.name + ": revoking by id leaves the neighbours", run: func(p *place) {
				was := p.add(with(p, 24224, 24224))
				near := p.add(from4(tcp(24224, 24224), "203.0.113.0/24"))
				far := p.add(with(p, 443, 443))
				p.must(p.revoke(was))
				p.has(rules.Allowance(near), rules.Allowance(far))
			}},
		)
	}
	return found
}

// kept fails unless the group's one entry is as wanted and still the one that it was.
func (p *place) kept(was, want types.SecurityGroupRule) {
	p.Helper()
	got := p.only()
	switch {
	case aws.ToString(got.SecurityGroupRuleId) != aws.ToString(was.SecurityGroupRuleId):
		p.Error("the id changed")
	case rules.Allowance(got) != rules.Allowance(want):
		p.Errorf("became %s, not %s", rules.Allowance(got), rules.Allowance(want))
	case aws.ToString(got.Description) != aws.ToString(want.Description):
		p.Errorf("description %q, not %q", aws.ToString(got.Description), aws.ToString(want.Description))
	case !sameSet(tagTexts(got.Tags), tagTexts(want.Tags)):
		p.Errorf("tags %q, not %q", tagTexts(got.Tags), tagTexts(want.Tags))
	}
}
