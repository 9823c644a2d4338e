package trigger_test

import (
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/trigger"
)

// BenchmarkParse reads the largest usual messages: a registration of 26 KB, and an ingress event of 50 entries.
func BenchmarkParse(b *testing.B) {
	container := `{"name":"app","image":"example/app:1","environment":[{"name":"A","value":"` + strings.Repeat("x", 200) + `"}],"portMappings":[{"containerPort":80}]}`
	definition := `"family":"web","containerDefinitions":[` + container + strings.Repeat(","+container, 40) + `]`
	var permissions, items []string
	for range 50 {
		permissions, items = append(permissions, perm("tcp", 22, 22)), append(items, item("tcp", 22, 22))
	}
	for name, body := range map[string]string{
		"registration": ecs("RegisterTaskDefinition", `{`+definition+`}`, `{"taskDefinition":{`+definition+`}}`).body(),
		"ingress":      ec2("AuthorizeSecurityGroupIngress", perms(strings.Join(permissions, ",")), ruleSet(items...)).body(),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := trigger.Parse([]byte(body)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
