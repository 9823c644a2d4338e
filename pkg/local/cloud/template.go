package cloud

import (
	"context"
	_ "embed" // the translation's script
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

//go:embed translate.py
var translate string

// document is a translated template, as plain JSON values.
type document struct {
	resources map[string]map[string]any
	raw       map[string]any
}

// mapping is an event source mapping of the template: a function behind a queue. Names are logical ids.
type mapping struct {
	name, function, queue string
	batch                 int
	windowSeconds         int
	// concurrent is the most processes of the function that the mapping has at work; process tells them apart, "" for the first.
	concurrent int
	process    string
	// partial is ReportBatchItemFailures: without it Lambda does not read what the function answers.
	partial bool
}

// translated is what SAM makes of a template, by the translator that SAM uses.
func translated(ctx context.Context, python string, template []byte) (*document, error) {
	dir, err := os.MkdirTemp("", "firewarden-")
	if err != nil {
		return nil, fmt.Errorf("translating the template: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.yaml")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		return nil, fmt.Errorf("translating the template: %w", err)
	}
	cmd := exec.CommandContext(ctx, python, "-c", translate, path)
	cmd.Env = append(os.Environ(), "AWS_DEFAULT_REGION=eu-west-1")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("translating the template: %s", exit.Stderr)
	}
	d := &document{}
	if err == nil {
		err = json.Unmarshal(out, &d.raw)
	}
	if err != nil {
		return nil, fmt.Errorf("translating the template: %w", err)
	}
	d.resources = map[string]map[string]any{}
	all, _ := d.raw["Resources"].(map[string]any)
	for name, r := range all {
		d.resources[name], _ = r.(map[string]any)
	}
	return d, nil
}

func (d *document) properties(name string) map[string]any {
	p, _ := d.resources[name]["Properties"].(map[string]any)
	return p
}

// of lists the logical ids of a type.
func (d *document) of(kind string) []string {
	var names []string
	for name, r := range d.resources {
		if r["Type"] == kind {
			names = append(names, name)
		}
	}
	return names
}

// mappings are the template's event source mappings.
func (d *document) mappings() []mapping {
	var all []mapping
	for _, name := range d.of("AWS::Lambda::EventSourceMapping") {
		p := d.properties(name)
		kinds, _ := p["FunctionResponseTypes"].([]any)
		all = append(all, mapping{
			partial: slices.Contains(kinds, any("ReportBatchItemFailures")),
			name:    name, function: referred(p["FunctionName"]), queue: referred(p["EventSourceArn"]),
			batch: number(p["BatchSize"], 10), windowSeconds: number(p["MaximumBatchingWindowInSeconds"], 0),
			concurrent: maximumConcurrency(p),
		})
	}
	return all
}

// schedule is the constant input of the template's schedule, and the logical id of the queue that gets it.
func (d *document) schedule() (input, queue string) {
	for _, name := range d.of("AWS::Events::Rule") {
		p := d.properties(name)
		if p["ScheduleExpression"] == nil {
			continue
		}
		targets, _ := p["Targets"].([]any)
		for _, t := range targets {
			target, _ := t.(map[string]any)
			input, _ = target["Input"].(string)
			return input, referred(target["Arn"])
		}
	}
	return "", ""
}

// referred is the logical id in a Ref or GetAtt.
func referred(v any) string {
	m, _ := v.(map[string]any)
	if ref, ok := m["Ref"].(string); ok {
		return ref
	}
	parts, _ := m["Fn::GetAtt"].([]any)
	if len(parts) == 0 {
		return ""
	}
	name, _ := parts[0].(string)
	return name
}

func number(v any, otherwise int) int {
	if f, ok := v.(float64); ok {
		return int(f)
	}
	return otherwise
}

// forMoto is the template without what moto's CloudFormation cannot do: event source mappings need its Docker, a schedule rule
// would get every event of its bus, code is not run there, outputs of types that it does not know break it.
func (d *document) forMoto() (string, error) {
	kept := map[string]any{}
	for name, r := range d.resources {
		p := d.properties(name)
		switch r["Type"] {
		case "AWS::Lambda::EventSourceMapping":
			continue
		case "AWS::Events::Rule":
			if p["ScheduleExpression"] != nil {
				continue
			}
		case "AWS::Lambda::Function":
			p["Code"] = map[string]any{"ZipFile": "x"}
		}
		kept[name] = r
	}
	out := map[string]any{"AWSTemplateFormatVersion": "2010-09-09", "Resources": kept}
	for _, part := range []string{"Parameters", "Conditions", "Mappings"} {
		if v, ok := d.raw[part]; ok {
			out[part] = v
		}
	}
	body, err := json.Marshal(out)
	return string(body), err
}
