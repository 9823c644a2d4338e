package template

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A function needs an action where its code can call the operation: the interfaces that its packages declare of the SDK's
// clients say so. Some actions have no operation of their own; some operations are linked in and never called.
var (
	// byLambda are what Lambda itself does under the function's role.
	byLambda = []string{"logs:CreateLogStream", "logs:PutLogEvents", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}

	// implied are asked for beside the action of an operation's own name.
	implied = map[string][]string{
		"AuditFunction":     append([]string{"dynamodb:ConditionCheckItem"}, byLambda...),
		"RemediateFunction": append([]string{"dynamodb:ConditionCheckItem", "ec2:CreateTags", "ecs:TagResource", "iam:PassRole"}, byLambda...),
	}

	// uncalled are linked in with a package whose other half is called.
	uncalled = map[string][]string{
		"AuditFunction": {
			"ec2:AuthorizeSecurityGroupIngress", "ec2:ModifySecurityGroupRules", "ec2:RevokeSecurityGroupIngress", "ecs:DeregisterTaskDefinition",
			"ecs:ListContainerInstances", "ecs:ListTaskDefinitionFamilies", "ecs:RegisterTaskDefinition", "ecs:UpdateService",
		},
		"RemediateFunction": {"ecs:ListTagsForResource", "ecs:ListTaskDefinitionFamilies", "ecs:ListTaskDefinitions"},
	}

	// renamed are operations whose action has another name, or none.
	renamed = map[string]string{"sqs:SendMessageBatch": "sqs:SendMessage", "dynamodb:TransactWriteItems": ""}

	// prefixes are the services whose package is not called as their actions are.
	prefixes = map[string]string{"eventbridge": "events"}

	folders = map[string]string{"AuditFunction": "functions/audit", "RemediateFunction": "functions/remediate"}
)

func actionsAreNeeded(d document) (c complaints) {
	for _, function := range sorted(functions) {
		needed, err := needs(function)
		if err != nil {
			c.add("reading what %s calls: %v", function, err)
			continue
		}
		var has []string
		for _, s := range d.granted(function) {
			has = append(has, s.actions()...)
		}
		for _, action := range needed {
			if !slices.Contains(has, action) {
				c.add("%s calls %s and may not", function, action)
			}
		}
		for _, action := range has {
			if !slices.Contains(needed, action) && !strings.Contains(action, "*") { // wildcards have their own assertion
				c.add("%s may %s and never does", function, action)
			}
		}
	}
	return c
}

var operations = map[string]func() ([]string, error){
	"AuditFunction":     sync.OnceValues(func() ([]string, error) { return called(folders["AuditFunction"]) }),
	"RemediateFunction": sync.OnceValues(func() ([]string, error) { return called(folders["RemediateFunction"]) }),
}

// needs are the actions that a function's role must have, and no others.
func needs(function string) ([]string, error) {
	ops, err := operations[function]()
	actions := slices.Clone(implied[function])
	for _, op := range ops {
		if name, ok := renamed[op]; ok {
			op = name
		}
		if op != "" && !slices.Contains(uncalled[function], op) {
			actions = append(actions, op)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions), err
}

// called are the operations, as "service:Operation", in the interfaces of all packages of the module that a command depends on.
func called(folder string) ([]string, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,GoFiles", "./"+folder)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []string
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Dir string
			GoFiles         []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(p.ImportPath, "github.com/firewarden/") {
			continue
		}
		for _, file := range p.GoFiles {
			ops, err := declared(filepath.Join(p.Dir, file))
			if err != nil {
				return nil, err
			}
			all = append(all, ops...)
		}
	}
}

// declared are the operations in the interfaces of one file: methods that take the input type of an SDK's operation.
func declared(file string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var ops []string
	ast.Inspect(f, func(n ast.Node) bool {
		of, ok := n.(*ast.InterfaceType)
		if !ok {
			return true
		}
		for _, method := range of.Methods.List {
			if signature, ok := method.Type.(*ast.FuncType); ok {
				ops = append(ops, inputs(signature)...)
			}
		}
		return true
	})
	return ops, nil
}

func inputs(signature *ast.FuncType) []string {
	var ops []string
	for _, param := range signature.Params.List {
		star, _ := param.Type.(*ast.StarExpr)
		if star == nil {
			continue
		}
		sel, _ := star.X.(*ast.SelectorExpr)
		if sel == nil {
			continue
		}
		if operation, ok := strings.CutSuffix(sel.Sel.Name, "Input"); ok {
			service := sel.X.(*ast.Ident).Name
			if p, ok := prefixes[service]; ok {
				service = p
			}
			ops = append(ops, service+":"+operation)
		}
	}
	return ops
}

// TestExceptionsAreReal keeps the lists above honest: what they except is really there.
func TestExceptionsAreReal(t *testing.T) {
	for _, function := range sorted(uncalled) {
		ops, err := operations[function]()
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range uncalled[function] {
			if !slices.Contains(ops, action) {
				t.Errorf("%s does not link %s: it is no exception", function, action)
			}
		}
	}
}
