package routerconf

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Source is a configuration file that a definition names.
type Source = rules.ConfigSource

// Files are the configuration files that the router of a definition reads, beside what ECS generates or in place of it.
func Files(d rules.Definition) []Source { return d.ConfigSources() }

// Read reads the files of a definition's router; nil where it names none. Open returns a source's bytes: fs.ErrPermission and
// fs.ErrNotExist are told apart in what is unknown; nil takes sources from the files too, by the path at which the container sees
// them or by their name alone. Those that AWS's image brings along are known and not opened. Files are those that an include may
// name. A file that is no configuration, or is there and cannot be read, is unknown and an error, with its place; the rest is still
// read. What the image reads by itself is read too; where it is told, an entry point or command that names no file leaves nothing
// unknown.
func Read(d rules.Definition, open func(Source) ([]byte, error), files fs.FS, image ...Source) (*rules.RouterConfig, error) {
	router, ok := d.Router()
	sources := Files(d)
	if len(image) > 0 {
		sources = append(slices.DeleteFunc(sources, func(s Source) bool { return s.Replaces && s.Unknown != "" }), image...)
	}
	if !ok || len(sources) == 0 {
		return nil, nil
	}
	r := newReader(router.FirelensConfiguration.Type, Around{Files: files, Env: Environment(router), Root: root(router, sources)})
	var errs []error
	for i := 0; i < len(sources); i++ {
		s := sources[i]
		if err := r.source(s, open); err != nil {
			r.gap("", "a part of it is not read, it is not a configuration file: "+err.Error(), rules.ConfigPlace{File: s.Name})
			errs = append(errs, err)
		}
		if s.Replaces && r.config.Generated {
			sources = append(sources, d.GeneratedSources()...)
		}
	}
	config := r.finish()
	config.OfImage = len(image) > 0
	return &config, errors.Join(append(errs, r.faults...)...)
}

// root is the folder of the main file: the init process writes one of its own.
func root(router types.ContainerDefinition, sources []Source) string {
	dir := "/fluent-bit/etc"
	if router.FirelensConfiguration.Type == types.FirelensConfigurationTypeFluentd {
		dir = "/fluentd/etc"
	}
	for _, s := range sources {
		switch {
		case s.Replaces && s.At != "":
			return path.Dir(s.At)
		case s.From == rules.FromInitFile || s.From == rules.FromInitS3:
			dir = "/init"
		}
	}
	return dir
}

func (r *reader) source(s Source, open func(Source) ([]byte, error)) error {
	f := file{name: s.Name, at: s.At, by: s.By}
	if s.Unknown != "" {
		r.gap("", s.Unknown, rules.ConfigPlace{})
		return nil
	}
	if s.BuiltIn {
		return r.read(f, []byte(builtIn[s.At]), r.parse)
	}
	if open == nil {
		open = r.among
	}
	data, err := open(s)
	if err != nil {
		r.unopened(s.By, rules.ConfigPlace{File: s.Name}, err)
		return nil
	}
	form := r.parse
	r.within = !s.Replaces && s.From != rules.FromImage
	if r.within && r.kind == types.FirelensConfigurationTypeFluentbit {
		form = r.classic // the generated file and the init process's are classic, and include files as such
	}
	if err = r.read(f, data, form); err != nil && r.within && isYAML(f.name) && r.kind == types.FirelensConfigurationTypeFluentbit {
		return fmt.Errorf("%w; what includes it takes no YAML", err)
	}
	return err
}

// among opens a source among the files.
func (r *reader) among(s Source) ([]byte, error) {
	if r.around.Files == nil {
		return nil, fs.ErrNotExist
	}
	data, err := r.load(s.At)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = r.load(path.Base(s.Name))
	}
	return data, err
}
