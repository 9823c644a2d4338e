package source

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// user is who uses a group, or may.
type user struct {
	// why is for what it may not be a user, gap for what its definition may have a router that it does not tell: "" where that is
	// sure.
	why, gap string
	// sure is the user as the template tells it, widest in the reading in which most may be wrong: what may be a router is one,
	// and may be Fluentd's. They are nil where the network mode is another than the one in which the group guards the tasks.
	sure, widest *rules.User
	// settled says that the definition tells its network mode.
	settled bool
	// runs is what the definition is known by here: users with the same run the same.
	runs string
}

// tie is the user of a group that guards its tasks in a network mode: awsvpc for a service that names the group, host for what
// runs on an instance. It runs the definition of that logical name; why says for what it may not, also where none is read.
func (s *stack) tie(by, name, mode, logical, why string) user {
	u, ok := s.ties[mode+" "+logical]
	if !ok {
		u = tied(mode, s.task(logical))
		if always := s.always(logical); u.sure != nil && !routes(*u.sure) && always != nil {
			u.sure = &rules.User{Definition: inMode(*always, mode)}
		}
		if u.widest != nil {
			d := &u.widest.Definition.Task
			d.ContainerDefinitions = append(slices.Clip(d.ContainerDefinitions), s.maybeRouters(logical, mode)...)
		}
		u.runs = mode + " " + logical
		s.ties[u.runs] = u
	}
	for _, one := range []**rules.User{&u.sure, &u.widest} {
		if *one != nil {
			*one = &rules.User{By: by, Name: name, Definition: (*one).Definition}
		}
	}
	return u.doubting(why)
}

// tied is a user that runs a definition; one that is nil may be anything.
func tied(mode string, d *rules.Definition) user {
	var u user
	if d == nil {
		const open = "the definition is not read"
		d = &rules.Definition{Unknown: map[string]string{"containerDefinitions": open, "networkMode": open}}
	}
	if known := string(d.NetworkMode()); known != "" && known != mode {
		return u
	}
	taken := inMode(*d, mode)
	widest, gap := widestOf(taken)
	u.widest, u.gap, u.settled = &rules.User{Definition: widest}, gap, d.NetworkMode() != ""
	// ECS takes the groups of a service with an awsvpc definition only, which settles a mode that the template leaves open.
	if d.NetworkMode() != "" || mode == "awsvpc" {
		u.sure = &rules.User{Definition: taken}
	}
	return u
}

// inMode is a definition in that network mode.
func inMode(d rules.Definition, mode string) rules.Definition {
	d.Task.NetworkMode, d.Unknown = types.NetworkMode(mode), maps.Clone(d.Unknown)
	delete(d.Unknown, "networkMode")
	return d
}

func routes(u rules.User) bool { return len(u.Definition.Routers()) > 0 }

// doubting is the user with a further doubt.
func (u user) doubting(why string) user {
	if why != "" && u.why == "" {
		u.why, u.sure = why, nil
	}
	return u
}

// mayRoute says whether a router may run behind the group.
func (u user) mayRoute() bool { return u.widest != nil && len(u.widest.Definition.Routers()) > 0 }

// widestOf is a definition with a Fluentd router where one may be, and why one may.
func widestOf(d rules.Definition) (rules.Definition, string) {
	gap := ""
	if paths := gaps(d); len(paths) > 0 {
		gap = d.Unknown[paths[0]]
	}
	d = d.With(func(c *types.ContainerDefinition) {
		if f := c.FirelensConfiguration; f != nil && f.Type == "" {
			c.FirelensConfiguration = &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentd, Options: f.Options}
		}
	})
	if gap != "" && len(d.Routers()) == 0 {
		router := types.ContainerDefinition{FirelensConfiguration: &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentd}}
		d.Task.ContainerDefinitions = append(d.Task.ContainerDefinitions, router)
	}
	d.Unknown = nil
	return d, gap
}

// gaps are the paths at which a definition may have a router, or one of another type, than it tells.
func gaps(d rules.Definition) []string {
	told := func(path string) bool {
		return !isContainer(path) && !strings.HasSuffix(path, "].firelensConfiguration") && !strings.HasSuffix(path, "].firelensConfiguration.type")
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(d.Unknown)), told)
}
