package routerconf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxNames bounds the names that the patterns of one router's includes are held against.
const maxNames = 20_000

var errManyNames = fmt.Errorf("more than %d names to look through", maxNames)

// glob are the files of a pattern, sorted. Patterns that Go and the router understand differently match nothing. It is fs.Glob with
// a bound: that one reads every folder to its end, and each file as if it were one.
func (r *reader) glob(pattern string) ([]string, error) {
	if !understood(pattern) {
		return nil, nil
	}
	found := []string{"."}
	parts := strings.Split(strings.Trim(pattern, "/"), "/")
	for i, part := range parts {
		var next []string
		for _, dir := range found {
			names, err := r.matching(dir, part, i < len(parts)-1)
			if err != nil {
				return nil, err
			}
			next = append(next, names...)
		}
		found = next
	}
	for i := range found {
		found[i] = "/" + found[i]
	}
	slices.Sort(found)
	return found, nil
}

func understood(pattern string) bool {
	_, err := path.Match(pattern, "")
	return err == nil && !strings.Contains(pattern, "**") && !strings.ContainsAny(pattern, "{}")
}

// matching are the entries of a folder whose name a part of a pattern matches: those that may be folders where another part follows,
// and no folders where none does. As for glob(3) and Ruby's Dir.glob, a name that begins with a dot is meant by such a part only.
func (r *reader) matching(dir, part string, folders bool) ([]string, error) {
	if !strings.ContainsAny(part, `*?[\`) {
		if _, err := fs.Stat(r.around.Files, path.Join(dir, part)); err == nil {
			return []string{path.Join(dir, part)}, nil
		}
		return nil, nil
	}
	entries, err := r.entries(dir)
	var found []string
	for _, e := range entries {
		fits, _ := path.Match(part, e.Name())
		hidden := e.Name()[0] == '.' && part[0] != '.'
		if fits && !hidden && (e.IsDir() == folders || e.Type()&fs.ModeSymlink != 0) {
			found = append(found, path.Join(dir, e.Name()))
		}
	}
	return found, err
}

// entries are those of a folder, none where there is no such folder; an error where they are more than may be looked through.
func (r *reader) entries(dir string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(r.around.Files, dir)
	if err != nil || !info.IsDir() {
		return nil, nil
	}
	f, err := r.around.Files.Open(dir)
	if err != nil {
		return nil, nil
	}
	defer func() { _ = f.Close() }()
	folder, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, nil
	}
	entries, err := folder.ReadDir(maxNames - r.names + 1)
	if r.names += len(entries); r.names > maxNames {
		return nil, errManyNames
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil
	}
	return entries, nil
}
