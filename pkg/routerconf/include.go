package routerconf

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/rules"
)

// include is a directive that names files.
type include struct {
	by      rules.ConfigPlace
	target  string // as written
	base    string // the folder of a relative target
	pattern string // the characters that make the target a pattern
	form    func(file) error
}

// include reads the files that a directive names. What cannot be opened is unknown; what is wrong in a file is an error.
func (r *reader) include(i include) error {
	if r.includes++; r.includes > maxIncludes {
		return file{name: i.by.File}.errorf(i.by.Line, "more than %d includes", maxIncludes)
	}
	at := i.target
	if !path.IsAbs(at) {
		at = path.Join(i.base, at)
	}
	at = path.Clean("/" + at)
	generated := at == rules.GeneratedConfig(r.kind) // ECS mounts what it generates over any file of the image
	switch {
	case generated && r.within:
		r.gap("", "it includes "+shown(at)+", which includes it", i.by)
		return nil
	case generated:
		r.config.Generated = true
		return nil
	case r.around.Files == nil:
		r.gap("", "it includes "+shown(i.target)+", which was not given", i.by)
		return nil
	}
	paths := []string{at}
	if strings.ContainsAny(i.target, i.pattern) {
		var err error
		if paths, err = r.glob(at); err != nil {
			return file{name: i.by.File}.errorf(i.by.Line, "it includes %s: %w", shown(i.target), err)
		}
	}
	if len(paths) == 0 {
		r.gap("", "it includes "+shown(at)+", for which no file was found", i.by)
	}
	for _, p := range paths {
		if err := r.includeOne(i, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) includeOne(i include, at string) error {
	again := r.kind == types.FirelensConfigurationTypeFluentbit && r.seen[at]
	switch {
	case slices.Contains(r.open, at):
		r.gap("", "it includes "+shown(at)+", which includes it", i.by)
		return nil
	case again: // flb_cf_fluentbit.c, read_config: "Read twice"
		r.gap("", "it includes "+shown(at)+" a second time, which Fluent Bit refuses", i.by)
		return nil
	case len(r.open) == maxDepth:
		return file{name: i.by.File}.errorf(i.by.Line, "included deeper than %d files", maxDepth)
	}
	data, err := r.load(at)
	if err != nil {
		r.unopened("it includes "+shown(at), i.by, err)
		return nil
	}
	return r.read(file{name: at, at: at, by: i.by.String()}, data, i.form)
}

// errNoFile says that something else stands where a file belongs.
var errNoFile = errors.New("it is not a file")

// load reads a file no further than one byte behind what may be read. It looks before it opens: opening a pipe waits for a writer.
func (r *reader) load(at string) ([]byte, error) {
	name := strings.TrimPrefix(at, "/")
	if info, err := fs.Stat(r.around.Files, name); err == nil && !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	f, err := r.around.Files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errNoFile
	}
	return io.ReadAll(io.LimitReader(f, int64(r.left)+1))
}
