package owner_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"go.yaml.in/yaml/v4"

	"github.com/firewarden/firewarden/pkg/owner"
)

// hostile are names and descriptions that no service accepts, or that some language would take for more than text.
var hostile = []string{
	`"`, `'`, `\`, "a\nb", "a\r\nb", "a\u2028b", "\x00\x7f\u0085", "`rm -rf`", "${file(\"/etc/passwd\")}", "$${x}", "$$${x}", "%{ for a in b }", "%%{x}",
	"{{a}}", "# no comment", "*/ alert(1) //", "</script><b>", "- op: remove", ": ", "&anchor", "*alias", "!Ref X", "null", "true", "\u202egnp", "\U000e0001",
	"漢字", `"})); process.exit(1); ((("`, "~1/~0", "\xff\xfe", "\\u0022", "",
}

func TestHostileNamesStayText(t *testing.T) {
	for _, text := range hostile {
		for tool := range languages {
			o := owner.Owner{Tool: tool}
			for kind, edits := range kinds() {
				got := o.Patch(revision(named(text, text+"2"), edits))
				parses(t, tool, got)
				if want := o.Patch(revision(web(), edits)); strings.Count(got, "\n") != strings.Count(want, "\n") {
					t.Errorf("%s, %s: %q makes other lines:\n%s", tool, kind, text, got)
				}
				if strings.ContainsAny(got, "`<\r\x00\u2028\u202e") {
					t.Errorf("%s: %q is not inert:\n%s", tool, text, got)
				}
			}
			parses(t, tool, o.PatchIngress(narrowed(open(text))))
		}
	}
}

// TestHostileTextsAreReadBack: what a language reads from a snippet is what stood in the entry.
func TestHostileTextsAreReadBack(t *testing.T) {
	read := map[owner.Tool]func(string) (string, error){
		owner.CloudFormation: func(patch string) (string, error) {
			var v struct {
				Ingress []struct{ Description string } `yaml:"SecurityGroupIngress"`
			}
			err := yaml.Unmarshal([]byte(strings.ReplaceAll(patch, "Description", "description")), &v)
			return v.Ingress[0].Description, err
		},
		owner.Terraform: func(patch string) (string, error) {
			file, err := hclsyntax.ParseConfig([]byte(patch), "patch.tf", hcl.InitialPos)
			if err.HasErrors() {
				return "", err
			}
			value, err := file.Body.(*hclsyntax.Body).Blocks[0].Body.Attributes["description"].Expr.Value(nil)
			if err.HasErrors() {
				return "", err
			}
			return value.AsString(), nil
		},
		"": func(patch string) (string, error) {
			var v []struct{ Description string }
			err := json.Unmarshal([]byte(uncommented(patch, "//")), &v)
			return v[0].Description, err
		},
	}
	for _, text := range hostile {
		want := strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd\ufffd"), "\U000e0001", "\ufffd")
		for tool, back := range read {
			if text == "" {
				continue // an entry without a description has none in the snippet
			}
			if got, err := back(owner.Owner{Tool: tool}.PatchIngress(narrowed(open(text)))); got != want || err != nil {
				t.Errorf("%s: %q is read back as %q: %v", tool, text, got, err)
			}
		}
	}
}

// TestReferencesAreBroken: CloudFormation and CDK resolve these in any string.
func TestReferencesAreBroken(t *testing.T) {
	for _, text := range []string{"{{resolve:ssm:/db/password}}", "${Token[TOKEN.1]}", "{{{resolve:ssm:/x}}"} {
		for tool := range languages {
			o := owner.Owner{Tool: tool}
			got := o.Patch(revision(named(text, "r"), kinds()["everything"])) + o.PatchIngress(narrowed(open(text)))
			got = strings.ReplaceAll(got, `\u0024`, "$")
			if strings.Contains(got, "{{resolve:") || strings.Contains(got, "${Token[") {
				t.Errorf("%s: %s", tool, got)
			}
		}
	}
}

func TestALongTextIsCut(t *testing.T) {
	for tool := range languages {
		got := owner.Owner{Tool: tool}.PatchIngress(narrowed(open(strings.Repeat("語", 5000))))
		parses(t, tool, got)
		if n := strings.Count(got, "語"); n > 3*255 {
			t.Errorf("%s shows %d characters", tool, n)
		}
	}
}

func TestNamesOfOwnersStayText(t *testing.T) {
	for _, text := range hostile {
		d := named("app", "r")
		d.Tags = tagged(text)
		got, _ := owner.OfDefinition(d, registered("x"))
		all := got.String() + strings.Join(got.Evidence, "")
		if strings.ContainsAny(all, "\n\r\x00\u2028\u202e") || len(all) > 4<<10 {
			t.Errorf("%q becomes %q", text, all)
		}
	}
}
