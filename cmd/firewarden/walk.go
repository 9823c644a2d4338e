package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/firewarden/firewarden/pkg/source"
)

// maxFiles bounds how many files of one directory are read.
const maxFiles = 10_000

var errTooMany = fmt.Errorf("more than %d files below: name some of its folders", maxFiles)

// extensions are those of the files that are read in a directory.
var extensions = map[string]bool{".json": true, ".yaml": true, ".yml": true, ".template": true}

// walk scans the files below a directory. WalkDir follows no link but the one that is named (the separator behind it makes it the
// folder it leads to), so that no loop of links is walked. A file that is something else than a task definition or a template
// was not named, and is no error.
func (s *scanner) walk(dir string) {
	tried := 0
	err := filepath.WalkDir(dir+string(filepath.Separator), func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			s.unusable(path, cause(err))
			return nil
		case e.IsDir():
			return skipped(path, dir, e.Name())
		case !e.Type().IsRegular() || !extensions[strings.ToLower(filepath.Ext(path))]:
			return nil
		}
		if tried++; tried > maxFiles {
			return errTooMany
		}
		switch err := s.file(path); {
		case errors.Is(err, source.ErrOther):
			s.others++
		case err != nil:
			s.unusable(path, err)
		}
		return nil
	})
	if err != nil {
		s.unusable(dir, err)
	}
}

// skipped leaves out the folders of tools: version control, caches, dependencies.
func skipped(path, root, name string) error {
	below := filepath.Clean(path) != filepath.Clean(root)
	if below && (strings.HasPrefix(name, ".") || name == "node_modules") {
		return fs.SkipDir
	}
	return nil
}
