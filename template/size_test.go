package template

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// growth is how much larger a function's zip may be than that of a function which only calls the same operations of AWS. A single
// reflective MethodByName, as text/template has, makes the linker keep all operations of every client, and the zip twice as large.
const growth = 1.3

func TestAFunctionIsNotMuchLargerThanItsClients(t *testing.T) {
	for _, function := range sorted(folders) {
		t.Run(function, func(t *testing.T) {
			ops, err := operations[function]()
			if err != nil {
				t.Fatal(err)
			}
			ours := zipped(t, function, folders[function], "")
			least := zipped(t, function, "functions/minimal", minimal(ops))
			ratio := float64(ours) / float64(least)
			t.Logf("%d bytes zipped, %.2f times the %d of a minimal function with %d operations", ours, ratio, least, len(ops))
			if ratio > growth {
				t.Errorf("%d bytes zipped are %.2f times the %d of a minimal function: more than %.1f", ours, ratio, least, growth)
			}
		})
	}
}

// minimal is the source of a function that calls the operations and does nothing else.
func minimal(ops []string) string {
	calls := map[string][]string{}
	for _, op := range ops {
		service, name, _ := strings.Cut(op, ":")
		for folder, prefix := range prefixes {
			if prefix == service {
				service = folder
			}
		}
		calls[service] = append(calls[service], name)
	}
	var imports, body strings.Builder
	for _, service := range slices.Sorted(maps.Keys(calls)) {
		fmt.Fprintf(&imports, "\t%q\n", "github.com/aws/aws-sdk-go-v2/service/"+service)
		fmt.Fprintf(&body, "\t%sClient := %s.NewFromConfig(cfg)\n", service, service)
		slices.Sort(calls[service])
		for _, name := range slices.Compact(calls[service]) {
			fmt.Fprintf(&body, "\tif _, err := %sClient.%s(ctx, nil); err != nil {\n\t\treturn out, err\n\t}\n", service, name)
		}
	}
	return `package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
` + imports.String() + `)

func main() { lambda.Start(handle) }

func handle(ctx context.Context, _ events.SQSEvent) (out events.SQSEventResponse, err error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return out, err
	}
` + body.String() + `	return out, nil
}
`
}

// zipped builds a folder with the command that builds a function, and is the size of its zip in bytes. The source, where there is
// one, is laid over the module and never written into it.
func zipped(t *testing.T, function, folder, source string) int {
	t.Helper()
	module, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	env := append(os.Environ(), "ARTIFACTS_DIR="+dir, "MAKEFLAGS=")
	makefile := filepath.Join(module, folders[function], "Makefile")
	recipe := exec.Command("make", "--dry-run", "--no-print-directory", "--makefile", makefile, "build-"+function)
	recipe.Dir, recipe.Env = dir, env
	line, err := recipe.Output()
	if err != nil {
		t.Fatalf("reading how %s is built: %v", function, err)
	}
	if source != "" {
		env = append(env, "GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+overlay(t, dir, filepath.Join(module, folder, "main.go"), source))
	}
	build := exec.Command("bash", "-c", strings.ReplaceAll(string(line), "./"+folders[function], "./"+folder))
	build.Dir, build.Env = dir, env
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", folder, err, out)
	}
	return deflated(t, filepath.Join(dir, "bootstrap"))
}

// overlay is the path of a file that lays a source over a place in the module: go help build.
func overlay(t *testing.T, dir, place, source string) string {
	t.Helper()
	file, list := filepath.Join(dir, "main.txt"), filepath.Join(dir, "overlay.json")
	body, err := json.Marshal(map[string]map[string]string{"Replace": {place: file}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{file: []byte(source), list: body} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func deflated(t *testing.T, path string) int {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	entry, err := w.Create("bootstrap")
	if err == nil {
		_, err = io.Copy(entry, in)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Len()
}
