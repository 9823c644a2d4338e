package source_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// A reason quotes the placeholder, and nothing of what stands around it: that may be a secret.
func TestAReasonQuotesThePlaceholderAlone(t *testing.T) {
	for value, want := range map[string]string{
		"https://u:hunter2@host/${path}":     `"${path}"`,
		"https://{{user}}:hunter2@{{ host}}": `"{{user}}"`,
		"hunter2 <YOUR KEY>":                 `"<YOUR KEY>"`,
		"$$$HOST$$$/hunter2":                 `"$$$HOST$$$"`,
		"%HOST%":                             `"%HOST%"`,
	} {
		text := fmt.Sprintf(`{"family": "shop", "containerDefinitions": [{"name": "app", "image": %q, "logConfiguration": {"logDriver": "awsfirelens", "options": {"Host": %[1]q}}}]}`, value)
		found, err := source.Read("x.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		d := found[0].Resource.(rules.Definition)
		for _, path := range []string{"image", "logConfiguration.options.Host"} {
			if why := d.Why(rules.Path("app", path)); !strings.Contains(why, want) || strings.Contains(why, "hunter2") {
				t.Errorf("%s: %s: %q", value, path, why)
			}
		}
	}
}
