package source

import (
	"regexp"
	"strings"
)

// secretReference matches a dynamic reference to a secret. CloudFormation resolves it to plain text in every property
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html).
var secretReference = regexp.MustCompile(`\{\{resolve:(?:secretsmanager|ssm-secure):(?:[^{}]|\$\{[^{}]*\})*\}\}`)

// concealed stands for a secret that the deployment puts where it is named. It looks like none of the variables that a router reads.
func concealed(name string) string {
	return "(hidden " + strings.NewReplacer("${", "(", "{", "(", "}", ")").Replace(shortened(name)) + ")"
}

// withoutSecrets is a text with what stands for each secret that it refers to.
func withoutSecrets(s string) string {
	return secretReference.ReplaceAllStringFunc(s, func(reference string) string {
		return concealed(strings.TrimSuffix(strings.TrimPrefix(reference, "{{resolve:"), "}}"))
	})
}
