package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/routerconf"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

const configHelp = `Configuration files of routers are read where --config-dir or --config-file is given.
What a definition names, and what those files include, is looked for below the folder:
by the path at which the container sees it, then by its name alone; an object in S3 by
its name. Nothing outside the folder is read. --config-file FAMILY=PATH names a file
that the image itself reads, or its entry point; FAMILY may be a pattern ("shop-*",
"*"), and the folder then holds what else the definition names. What of a router's
configuration is not found is unknown; what is there and cannot be read, a pipe or a
link out of the folder, is an error.`

// configs are the folder and the files that configuration is read from.
type configs struct {
	dir   string
	named []string // FAMILY=PATH
	files fs.FS
	given []*given
}

// given is a file that an image reads by itself.
type given struct {
	family, path, flag string
	used               bool
}

func (c *configs) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.dir, "config-dir", "", "a `folder` with configuration files of the routers")
	cmd.Flags().StringArrayVar(&c.named, "config-file", nil, "a configuration file that the image of a family reads by itself, as `FAMILY=PATH`; may be given more than once")
}

// open looks at the folder and the files. Its errors are exits: what the user named is not there.
func (c *configs) open() error {
	if c.dir != "" {
		dir, err := os.OpenRoot(c.dir)
		if err != nil {
			return exit{exitUnusable, fmt.Errorf("opening folder %s: %w", report.Inert(c.dir), cause(err))}
		}
		c.files = byName{dir.FS()}
	}
	for _, flag := range c.named {
		family, file, ok := strings.Cut(flag, "=")
		if _, err := path.Match(family, ""); !ok || family == "" || file == "" || err != nil {
			return exit{exitUnusable, fmt.Errorf("--config-file %s: want FAMILY=PATH", report.Inert(flag))}
		}
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			return exit{exitUnusable, fmt.Errorf("--config-file %s: %w", report.Inert(flag), errors.Join(errNotRegular, cause(err)))}
		}
		c.given = append(c.given, &given{family: family, path: file, flag: flag})
	}
	return nil
}

var (
	errNotRegular = errors.New("not a file that can be read")
	errNoRouter   = errors.New("no router of that family was scanned")
)

// wanted says whether configuration is read at all.
func (c *configs) wanted() bool { return c.files != nil || len(c.given) > 0 }

// read fills in what the router's configuration files say, of a definition or of a group's users. The errors have a place each.
func (c *configs) read(r *source.Resource) error {
	if !c.wanted() {
		return nil
	}
	switch v := r.Resource.(type) {
	case rules.Definition:
		errs := []error{c.fill(&v)}
		r.Resource = v
		for i := range r.Readings {
			errs = append(errs, c.read(&r.Readings[i]))
		}
		return errors.Join(errs...)
	case rules.Group:
		var errs []error
		v.Users = slices.Clone(v.Users)
		for i := range v.Users {
			errs = append(errs, c.fill(&v.Users[i].Definition))
		}
		r.Resource = v
		return errors.Join(errs...)
	}
	return nil
}

// configure reads a resource's configuration files. One that is no configuration is unusable, and said once a file that names it.
func (s *scanner) configure(file string, r *source.Resource) {
	err := s.configs.read(r)
	if err == nil {
		return
	}
	for line := range strings.Lines(err.Error()) { // errors.Join has one error a line, and none of routerconf has two
		fault := report.Error{File: file, Message: strings.TrimSuffix(line, "\n")}
		if !slices.Contains(s.result.Errors, fault) {
			s.unusable(file, errors.New(fault.Message))
		}
	}
}

func (c *configs) fill(d *rules.Definition) (err error) {
	router, ok := d.Router()
	if !ok {
		return nil
	}
	files := laid{c.files, map[string]string{}}
	var image []routerconf.Source
	for _, g := range c.given {
		if fits, _ := path.Match(g.family, strings.TrimPrefix(d.Ref(), string(rules.KindDefinition)+"/")); !fits { // open has looked at the pattern
			continue
		}
		g.used = true
		at := path.Join("/", string(router.FirelensConfiguration.Type), "given", path.Base(strings.ReplaceAll(g.path, `\`, "/")))
		files.files[strings.TrimPrefix(at, "/")] = g.path
		image = append(image, routerconf.Source{From: rules.FromImage, By: "--config-file", Name: g.path, At: at})
	}
	d.Config, err = routerconf.Read(*d, nil, files, image...)
	return err
}

// unused are the files that were given for no router: a misspelled family would be none too.
func (c *configs) unused() []string {
	var all []string
	for _, g := range c.given {
		if !g.used {
			all = append(all, g.flag)
		}
	}
	return all
}

// byName is a folder in which a file is found by its path, and else by its name alone.
type byName struct{ fs.FS }

// Open implements fs.FS.
func (f byName) Open(name string) (fs.File, error) {
	if _, err := fs.Stat(f.FS, name); errors.Is(err, fs.ErrNotExist) {
		name = path.Base(name)
	}
	return f.FS.Open(name)
}

// Stat implements fs.StatFS: it looks without opening.
func (f byName) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(f.FS, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fs.Stat(f.FS, path.Base(name))
	}
	return info, err
}

// ReadDir implements fs.ReadDirFS: patterns are matched against paths only.
func (f byName) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.FS, name) }

// laid is a folder, or none, with single files of the machine laid over it.
type laid struct {
	under fs.FS
	files map[string]string // by path in the container
}

// Open implements fs.FS.
func (l laid) Open(name string) (fs.File, error) {
	switch file, ok := l.files[name]; {
	case ok:
		return os.Open(file)
	case l.under == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return l.under.Open(name)
}

// Stat implements fs.StatFS.
func (l laid) Stat(name string) (fs.FileInfo, error) {
	switch file, ok := l.files[name]; {
	case ok:
		return os.Stat(file)
	case l.under == nil:
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return fs.Stat(l.under, name)
}

// ReadDir implements fs.ReadDirFS.
func (l laid) ReadDir(name string) ([]fs.DirEntry, error) {
	if l.under == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return fs.ReadDir(l.under, name)
}
