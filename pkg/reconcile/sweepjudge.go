package reconcile

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// latest judges the latest revisions of families. One that was deleted meanwhile is left to the next sweep.
func (p *part) latest(ctx context.Context) error {
	return p.each(ctx, func(ctx context.Context, _ string, j judgement) error {
		return p.sayOf(ctx, j.of.Ref(), j.verdicts, p.ev)
	})
}

// judgement is what was found of a revision.
type judgement struct {
	of rules.Definition
	verdicts
	described bool
}

// each judges the part's revisions that are there, and does something with each.
func (p *part) each(ctx context.Context, do func(context.Context, string, judgement) error) error {
	all := make([]judgement, len(p.Revisions))
	err := together(ctx, len(all), func(ctx context.Context, i int) (err error) {
		all[i], err = p.judged(ctx, p.Revisions[i])
		switch {
		case ecstask.IsNotFound(err):
			return nil
		case err != nil:
			return err
		}
		return do(ctx, p.Revisions[i], all[i])
	})
	for i, j := range all {
		p.describes(j.described)
		if len(j.found) > 0 {
			p.wrong = append(p.wrong, p.Revisions[i])
		}
	}
	return err
}

// judged evaluates a revision as it is known: what the ledger keeps of it, with what its configuration and its roles say now, and,
// where the policy lets them decide and there is something to decide, its tags as they are now.
func (p *part) judged(ctx context.Context, revision string) (j judgement, err error) {
	kept, described, err := p.usage().known(ctx, revision)
	if err != nil {
		return j, err
	}
	j.of, j.described = definitionOf(kept), described
	p.completing.Lock() // who completes it may keep what it reads, and is for one goroutine
	err = p.complete(ctx, &j.of)
	p.completing.Unlock()
	if err != nil {
		return j, err
	}
	all := rules.Evaluate(p.active(), j.of, p.params())
	if rule, ok := rules.Find(ruleOfSecrets); ok && p.Policy.Mode(rule) != rules.Off {
		all = withSecrets(all, kept.Secrets)
	}
	if len(all) > 0 && p.Policy.TagExemptions {
		if j.of.Tags, err = p.Sweeper.Revisions.Tags(ctx, deref(j.of.Task.TaskDefinitionArn)); err != nil {
			return j, err
		}
	}
	j.found, j.exempt, _ = p.withExemptions(all, policy.TagsOf(j.of)[policy.ExemptTag])
	return j, nil
}

// revisions judges revisions that are not the latest of their families. Nothing can be mended about them, and nobody is told but in
// the digest.
func (p *part) revisions(ctx context.Context) error {
	runners := sync.OnceValues(func() (map[string][]string, error) { return p.runners(ctx) })
	err := p.each(ctx, func(ctx context.Context, revision string, j judgement) error {
		if len(j.found) == 0 {
			return p.record(ctx, revision, j.verdicts, "")
		}
		who, err := runners()
		if err != nil {
			return err
		}
		return p.record(ctx, revision, j.verdicts, p.whyOlder(revision, who[revision]))
	})
	p.seen.Wrong = p.wrong
	return err
}

// record writes what was found in a revision, and why nothing is done about it; one that a rollout moves services away from has its findings with its family.
func (p *part) record(ctx context.Context, revision string, v verdicts, why string) error {
	ref := string(rules.KindDefinition) + "/" + revision
	known, err := p.Ledger.Resource(ctx, ref)
	if err != nil || len(known.Findings) == 0 && len(v.found) == 0 {
		return err
	}
	family, err := p.Ledger.Resource(ctx, string(rules.KindDefinition)+"/"+familyOf(revision))
	if err != nil {
		return err
	}
	if family.Rollout != nil && lastPart(family.Rollout.From) == revision {
		v = verdicts{}
	}
	both := all(v.found, v.exempt)
	for i := range both {
		both[i].Resource = ref
	}
	known.Observe(both, p.ev.Origin, p.Now())
	known.Settle(fingerprints(both), ledger.Reported, why, nil, p.Now())
	for i, e := range v.exempt {
		known.Settle([]string{both[len(v.found)+i].Fingerprint()}, ledger.Suppressed, because(e.by), nil, p.Now())
	}
	if err := p.Ledger.PutResource(ctx, &known, nil); !errors.Is(err, ledger.ErrConflict) {
		return err
	}
	return nil
}

// gone resolves the findings of families without an active revision and of revisions that nothing runs any more. A family is read
// once more: one may have been registered meanwhile.
func (p *part) gone(ctx context.Context) error {
	for _, family := range p.Families {
		if err := p.definition(ctx, family, p.ev); err != nil {
			return err
		}
	}
	for _, revision := range p.Revisions {
		if err := p.record(ctx, revision, verdicts{}, ""); err != nil {
			return err
		}
	}
	return nil
}

// groups judges security groups by their entries now and by the index, which the listing has brought up to date.
func (p *part) groups(ctx context.Context) error {
	read, err := p.Sweeper.Pages.Groups(ctx, p.Part.Groups)
	if err != nil {
		return err
	}
	err = together(ctx, len(read), func(ctx context.Context, i int) (err error) {
		read[i].Users, read[i].Servers, err = p.users(ctx, read[i])
		return err
	})
	if err != nil {
		return err
	}
	there, open := map[string]rules.Group{}, []string(nil)
	for _, g := range read {
		there[g.ID] = g
		if usedByFirelens(g) && mayMatter(g.Entries) {
			open = append(open, g.ID)
		}
	}
	if err := p.behind(ctx, there, open); err != nil {
		return err
	}
	return together(ctx, len(p.Part.Groups), func(ctx context.Context, i int) error {
		g, ok := there[p.Part.Groups[i]]
		if !ok {
			g.ID = p.Part.Groups[i]
		}
		return p.say(ctx, g, p.ev)
	})
}

// behind adds what else is behind groups that FireLens uses and that let 24224 in.
func (p *part) behind(ctx context.Context, there map[string]rules.Group, open []string) error {
	if len(open) == 0 {
		return nil
	}
	behind, err := p.Sweeper.Lister.Behind(ctx, open)
	if err != nil {
		return err
	}
	for _, id := range open {
		g := there[id]
		g.Servers = sortedUnique(append(g.Servers, behind[id].Others...))
		there[id] = g
	}
	return nil
}

// users are the FireLens users of a group by the index, and the other containers behind it that serve the router's port. They are
// looked up where an entry lets in a port that a rule looks for; that FireLens uses the group is recorded in any case.
func (p *part) users(ctx context.Context, g rules.Group) (users []rules.User, servers []string, err error) {
	all, err := p.Ledger.Users(ctx, g.ID)
	if err != nil {
		return nil, nil, err
	}
	users, servers, err = p.usage().usersOf(ctx, all, watches(g.Entries))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the users of %s: %w", g.ID, err)
	}
	return users, servers, p.Ledger.PutUse(ctx, g.ID, ledger.Use{Firelens: len(routed(all)) > 0, At: p.Now()})
}

// routed are the uses of revisions with a router.
func routed(all []ledger.User) []ledger.User {
	var found []ledger.User
	for _, u := range all {
		if u.Router == "yes" {
			found = append(found, u)
		}
	}
	return found
}
