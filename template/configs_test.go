package template

import "strings"

// configsAreOptional: objects are read where the stack's owner names their buckets, in those buckets, and by both functions.
func configsAreOptional(d document) (c complaints) {
	const (
		asked = `{"Fn::Not":[{"Fn::Equals":[{"Fn::Join":["",{"Ref":"ConfigBuckets"}]},""]}]}`
		named = `{"Fn::Split":[",",{"Fn::Sub":["${Buckets}/*",{"Buckets":{"Fn::Join":["/*,",{"Ref":"ConfigBuckets"}]}}]}]}`
	)
	if d.resource("ConfigPolicy")["Condition"] != "ReadsConfigs" {
		c.add("ConfigPolicy is there where nobody asked for it")
	}
	if compact(at(node(d), "Conditions", "ReadsConfigs")) != asked {
		c.add("ReadsConfigs is not that ConfigBuckets names one")
	}
	for _, function := range sorted(functions) {
		for _, policy := range list(d.props(owner(d.props(function)["Role"]))["Policies"]) {
			if strings.Contains(compact(policy), `"s3:`) {
				c.add("%s may read objects where nobody asked for it", function)
			}
		}
	}
	for _, s := range statements(d.props("ConfigPolicy")["PolicyDocument"]) {
		if compact(s["Resource"]) != named || compact(s["Action"]) != `"s3:GetObject"` {
			c.add("ConfigPolicy allows something else than to read objects of the buckets in ConfigBuckets")
		}
	}
	return c
}
