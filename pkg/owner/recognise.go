package owner

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/trigger"
)

// separators are what people put between the words of a tag's key.
var separators = strings.NewReplacer("-", "", "_", "", " ", "")

// traces are what is known of how a resource came to be.
type traces struct {
	tags map[string]string
	// registeredBy is the ARN of the principal that registered a definition; "" for groups.
	registeredBy string
	// origin is the call that made the resource what it is; the zero value where it is not known.
	origin trigger.Origin
}

// from adds an origin, if it is one of the calls that make such a resource: a deployment that Terraform starts says nothing
// about who registered the definition it names.
func (t traces) from(origin trigger.Origin, calls ...string) traces {
	if slices.Contains(calls, origin.EventName) {
		t.origin = origin
	}
	return t
}

// owner is the first tool of the table that a deciding trace speaks of, else the first that a convention speaks of, with all
// that was seen of it.
func (t traces) owner() (Owner, bool) {
	var best Owner
	for _, r := range recognisers {
		seen := r.see(t)
		if seen == "" || best.Tool != "" && (best.Tool != r.tool || best.Decides && r.writer == anyone) {
			continue
		}
		best.Tool = r.tool
		best.Decides = best.Decides || r.writer != anyone
		best.Name = cmp.Or(best.Name, r.called(t))
		best.Evidence = append(best.Evidence, inert(seen)+" ("+string(r.writer)+")")
	}
	return best, best.Tool != ""
}

func (r recogniser) called(t traces) string {
	if r.name == nil {
		return ""
	}
	return inert(r.name(t))
}

// stack is the name of the CloudFormation stack, from its reserved tags; "" where there are none.
func (t traces) stack() string {
	if name := t.tags["aws:cloudformation:stack-name"]; name != "" {
		return name
	}
	_, path, _ := strings.Cut(t.tags["aws:cloudformation:stack-id"], ":stack/") // arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID
	name, _, _ := strings.Cut(path, "/")
	return name
}

// folded is the value of the tag with this key, case and separators left aside: "managed-by" is "managedby".
func (t traces) folded(key string) string {
	for _, k := range slices.Sorted(maps.Keys(t.tags)) {
		if strings.ToLower(separators.Replace(k)) == key {
			return t.tags[k]
		}
	}
	return ""
}

// workload is Copilot's application, environment and service by its tags, joined by sep; "" where one is missing.
func (t traces) workload(sep string) string {
	parts := []string{t.tags["copilot-application"], t.tags["copilot-environment"], t.tags["copilot-service"]}
	if slices.Contains(parts, "") {
		return ""
	}
	return strings.Join(parts, sep)
}

// roleOf is the role's name and the session's name of an assumed role's ARN: "arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION".
func roleOf(arn string) (role, session string) {
	parts := strings.Split(arn, "/")
	if len(parts) != 3 || !strings.HasPrefix(arn, "arn:aws") || !strings.HasSuffix(parts[0], ":assumed-role") {
		return "", ""
	}
	return parts[1], parts[2]
}

// principals are those who are known to have made the resource.
func (t traces) principals() []string { return []string{t.registeredBy, t.origin.Principal} }

// deployed says by which role, matching a pattern, CloudFormation made the resource; "" where it was none.
func (t traces) deployed(role *regexp.Regexp) string {
	for _, arn := range t.principals() {
		if name, session := roleOf(arn); session == cfnSession && role.MatchString(name) {
			return "registered by role " + name + " in a session of " + cfnSession
		}
	}
	return ""
}

// agent returns the product of a user agent, "Terraform/1.9.8" for ["HashiCorp/", "Terraform/"], where these products follow
// each other; "" where they do not. What stands in a comment, in brackets, is no product.
func (t traces) agent(products ...string) string {
	fields := strings.Fields(strings.Trim(t.origin.UserAgent, "[]")) // CloudTrail puts some agents in square brackets
	for i := 0; i+len(products) <= len(fields); i++ {
		all := true
		for j, p := range products {
			all = all && strings.HasPrefix(fields[i+j], p)
		}
		if all {
			return "user agent " + fields[i+len(products)-1]
		}
	}
	return ""
}
