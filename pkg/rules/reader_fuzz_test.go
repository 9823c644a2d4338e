package rules

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// FuzzReaders gives the readers of references, names, headers, URLs and commands any text: none crashes, and what they say of it holds
// together.
func FuzzReaders(f *testing.F) {
	for _, seed := range []string{
		"", "@", ":", "/", "906394416424.dkr.ecr.eu-central-1.amazonaws.com/aws-for-fluent-bit:init-2.34.3@sha256:ab", "amazon/aws-for-fluent-bit",
		"DD_API_KEY", "apiKey", "Authorization Bearer abc", `{"X-Api-Key": "abc"}`, "https://user:password@host/path?token=abc#x", "://:@", "/receiver/v1/http/abc",
		"shop-web", "{family}*", "***", "<YOUR KEY>", "{{ x }}", "${X", "echo | nc 127.0.0.1 8877",
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		i := parseImage(text)
		if _, parts := i.version(); parts < 0 || parts > len(version{}) {
			t.Errorf("%q has %d parts of a version", text, parts)
		}
		if i.fromAWS() && !strings.Contains(text, routerRepository) {
			t.Errorf("%q is taken for AWS's image", text)
		}
		if !matches("*", text) || !matches(text+"*", text+other) || !matches("*"+other, text+other) {
			t.Errorf("%q does not fit its own pattern", text)
		}
		if userInfo(text) && !strings.Contains(text, "@") || secretHeader(text) && text == "" {
			t.Errorf("%q is taken for a secret", text)
		}
		if family := strings.TrimSpace(text); family != "" && !strings.ContainsAny(text, "*{") && !fits(usualName, family+other, family) {
			t.Errorf("%q does not fit the family %q", family+other, family)
		}
		o := output{kind: fluentBit, client: clientWith(text, other)}
		o.reveals(text, other, nil, false)
		o.fill(text)
		missing(i, append([]string{"CMD-SHELL"}, commandWords([]string{other})...))
	})
}

func clientWith(key, value string) *types.ContainerDefinition {
	return &types.ContainerDefinition{LogConfiguration: &types.LogConfiguration{
		LogDriver: types.LogDriverAwsfirelens, Options: map[string]string{key: value},
	}}
}
