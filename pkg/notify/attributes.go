package notify

import (
	"encoding/json"
	"strings"
)

// attributeMax bounds an attribute's value. SNS counts attributes to the message's size.
const attributeMax = 200

// attributes are a notice's, for filter policies. One without a value is left out, for SNS refuses it.
func attributes(n Notice) map[string]string {
	kind, _, _ := strings.Cut(n.Resource, "/")
	a := attributesOf(map[string]string{
		"status": n.Status, "severity": string(n.worst()), "account": n.Account, "region": n.Region, "kind": kind,
	})
	var ids []string
	for _, id := range n.ids()[:min(len(n.ids()), rulesMax)] {
		ids = append(ids, ascii(id, attributeMax))
	}
	if list, err := json.Marshal(ids); err == nil && len(ids) > 0 {
		a["rule"] = string(list)
	}
	return a
}

func attributesOf(values map[string]string) map[string]string {
	a := map[string]string{}
	for name, value := range values {
		if value != "" {
			a[name] = ascii(value, attributeMax)
		}
	}
	return a
}
