package reconcile

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/rules"
)

// keptForm is the form of what keep makes; it is raised whenever that changes, and all revisions are described once more then.
const keptForm = 2

// ruleOfSecrets finds values that are not kept.
const ruleOfSecrets = "FL506"

// masked stands for a value that is a secret; no rule takes it for one.
const masked = "***"

// known is a revision as the ledger keeps it, or as ECS describes it, once. It has no tags: those may change.
func (u usage) known(ctx context.Context, revision string) (ledger.Definition, bool, error) {
	kept, ok, err := u.Ledger.Definition(ctx, revision, keptForm, u.Now())
	if err == nil && !ok && u.together {
		kept, ok, err = u.another(ctx, revision)
	}
	if err != nil || ok {
		return kept, false, err
	}
	d, err := u.Tasks.Describe(ctx, revision)
	if err != nil {
		return kept, false, err
	}
	kept, whole := u.keep(d)
	if !whole {
		u.Log.DebugContext(ctx, "not kept: less of it would be judged otherwise", "definition", revision)
		return ledger.Definition{Task: d.Task, Unknown: d.Unknown}, true, nil
	}
	return kept, true, u.Ledger.PutDefinition(ctx, revision, kept, u.Now())
}

// How long a worker of a sweep waits for another one that is about to describe the same revision, and how often it looks. A part has
// so many calls in flight that the last of them has its turn by then.
const (
	describing = 5 * time.Second
	lookEvery  = 250 * time.Millisecond
)

// another waits for the worker that came first to describe a revision, where there is one; without an answer of it the caller is to
// describe it.
func (u usage) another(ctx context.Context, revision string) (kept ledger.Definition, ok bool, err error) {
	mine, err := u.Ledger.Claim(ctx, "describe "+revision, u.Now(), describing)
	for range describing / lookEvery {
		if mine || ok || err != nil {
			break
		}
		if err = u.Wait(ctx, lookEvery); err == nil {
			kept, ok, err = u.Ledger.Definition(ctx, revision, keptForm, u.Now())
		}
	}
	return kept, ok, err
}

// keep is what the ledger may keep of a definition: all that rules look at, and no value that is a secret. It says whether the rules
// find the same in it as in the definition itself.
func (u usage) keep(d rules.Definition) (ledger.Definition, bool) {
	d.Tags, d.Bindings, d.Published, d.Config = nil, nil, nil, nil
	kept := ledger.Definition{Form: keptForm, Unknown: d.Unknown}
	found := rules.Evaluate(rules.All(), d, u.params())
	for _, f := range found {
		if f.Rule == ruleOfSecrets {
			kept.Secrets = append(kept.Secrets, f)
		}
	}
	kept.Task = d.With(func(c *types.ContainerDefinition) { mask(c, kept.Secrets) }).Task
	return kept, reflect.DeepEqual(byFingerprint(found), byFingerprint(withSecrets(rules.Evaluate(rules.All(), definitionOf(kept), u.params()), kept.Secrets)))
}

func byFingerprint(found []rules.Finding) []rules.Finding {
	return slices.SortedFunc(slices.Values(found), func(a, b rules.Finding) int { return strings.Compare(a.Fingerprint(), b.Fingerprint()) })
}

// mask takes from a container what the rules do not look at, of those that are no routers, and values that are secrets.
func mask(c *types.ContainerDefinition, secrets []rules.Finding) {
	isSecret := func(path string) bool {
		return slices.ContainsFunc(secrets, func(f rules.Finding) bool { return f.Path == rules.Path(deref(c.Name), path) })
	}
	if c.FirelensConfiguration == nil {
		c.Environment, c.Command, c.EntryPoint, c.DockerLabels = nil, nil, nil, nil
	}
	c.Environment = slices.Clone(c.Environment)
	hide := masked
	for i, v := range c.Environment {
		if isSecret("environment[" + deref(v.Name) + "]") {
			c.Environment[i].Value = &hide
		}
	}
	if c.LogConfiguration == nil {
		return
	}
	l := *c.LogConfiguration
	l.Options = maps.Clone(l.Options)
	for key := range l.Options {
		if isSecret("logConfiguration.options." + key) {
			l.Options[key] = masked
		}
	}
	c.LogConfiguration = &l
}

// definitionOf is a kept definition as the rules take it.
func definitionOf(kept ledger.Definition) rules.Definition {
	return rules.Definition{Task: kept.Task, Unknown: kept.Unknown}
}

// withSecrets adds the findings of values that were not kept.
func withSecrets(found, secrets []rules.Finding) []rules.Finding {
	for _, s := range secrets {
		if !slices.ContainsFunc(found, func(f rules.Finding) bool { return f.Fingerprint() == s.Fingerprint() }) {
			found = append(found, s)
		}
	}
	return found
}

// facts are what a group has to know of a revision.
func (u usage) facts(ctx context.Context, revision string) (ledger.Facts, bool, error) {
	kept, described, err := u.known(ctx, revision)
	if ecstask.IsNotFound(err) { // deleted while something still runs it
		return ledger.Facts{Router: "no"}, true, nil
	}
	if err != nil {
		return ledger.Facts{}, described, fmt.Errorf("reading revision %s: %w", revision, err)
	}
	return factsOf(definitionOf(kept)), described, nil
}

func factsOf(d rules.Definition) ledger.Facts {
	f := ledger.Facts{Router: "no", Mode: string(d.NetworkMode()), Serving: d.Serving(rules.Port)}
	if len(d.Routers()) > 0 {
		f.Router = "yes"
	}
	return f
}

// behindGroup is what the rules about groups look at: the routers alone.
func behindGroup(d rules.Definition) rules.Definition {
	d.Task.ContainerDefinitions = slices.DeleteFunc(slices.Clone(d.Task.ContainerDefinitions),
		func(c types.ContainerDefinition) bool { return c.FirelensConfiguration == nil })
	d.Task.Volumes, d.Task.RequiresAttributes = nil, nil
	return d
}

// familyOf is the family of a revision ("web:3").
func familyOf(revision string) string {
	family, _, _ := strings.Cut(revision, ":")
	return family
}
