package cloudtrail

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// nest turns a query protocol's flat parameters ("IpPermissions.1.FromPort=22") into maps and lists of strings, names kept.
func nest(form url.Values) map[string]any {
	root := map[string]any{}
	for key, values := range form {
		at := root
		path := strings.Split(key, ".")
		for _, p := range path[:len(path)-1] {
			next, ok := at[p].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[p] = next
			}
			at = next
		}
		at[path[len(path)-1]] = values[0]
	}
	for k, v := range root {
		root[k] = lists(v)
	}
	return root
}

// lists makes a list of every map whose keys are numbers, in their order.
func lists(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	var order []int
	for k, child := range m {
		m[k] = lists(child)
		if n, err := strconv.Atoi(k); err == nil && strconv.Itoa(n) == k {
			order = append(order, n)
		}
	}
	if len(order) != len(m) || len(m) == 0 {
		return m
	}
	slices.Sort(order)
	list := make([]any, 0, len(order))
	for _, n := range order {
		list = append(list, m[strconv.Itoa(n)])
	}
	return list
}

// renamed holds the names that CloudTrail does not derive from the query's by lowering the first letter.
var renamed = map[string]string{
	"TagSpecification": "tagSpecificationSet", "PrivateIpAddresses": "privateIpAddressesSet", "SecurityGroupRuleId": "securityGroupRuleIds",
	"BlockDeviceMapping": "blockDeviceMapping", "NetworkInterface": "networkInterfaceSet", "ResourceId": "resourcesSet", "Tag": "tagSet",
	"Ipv6Addresses": "ipv6AddressesSet",
}

// parameters gives nested query parameters CloudTrail's form: lower-camel names, {"items": […]}, numbers and booleans.
func parameters(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, child := range v {
			out[parameterName(k, child)] = parameters(k, child)
		}
		if tags, ok := out["tagSet"].(map[string]any); ok && name == "TagSpecification" {
			delete(out, "tagSet")
			out["tags"] = tags["items"] // the one list without "items"
		}
		return out
	case []any:
		items := make([]any, 0, len(v))
		for _, child := range v {
			items = append(items, parameters(name, child))
		}
		return map[string]any{"items": items}
	case string:
		return typed(lowerFirst(name), v)
	}
	return v
}

// parameterName is the CloudTrail name of a parameter: a rename holds for lists only.
func parameterName(name string, v any) string {
	if _, list := v.([]any); list && renamed[name] != "" {
		return renamed[name]
	}
	return lowerFirst(name)
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return string(unicode.ToLower(rune(s[0]))) + s[1:]
}

// textual are fields whose value stays a string whatever it looks like.
var textual = []string{"value", "key", "description", "groupName", "groupDescription", "name"}

// numeric are the fields that CloudTrail writes as numbers.
var numeric = []string{
	"fromPort", "toPort", "minCount", "maxCount", "deviceIndex", "volumeSize", "iops", "code", "amiLaunchIndex", "maxEntries",
	"currentVersion", "ipv6AddressCount", "secondaryPrivateIpAddressCount", "availableIpAddressCount",
}

// typed gives a value the type that CloudTrail gives it: the query protocol and XML know strings only.
func typed(name, s string) any {
	switch {
	case slices.Contains(textual, name):
		return s
	case s == "true" || s == "false":
		return s == "true"
	case slices.Contains(numeric, name):
		if n, err := strconv.Atoi(s); err == nil {
			return n
		}
	}
	return s
}

// element is any XML element.
type element struct {
	XMLName  xml.Name
	Children []element `xml:",any"`
	Text     string    `xml:",chardata"`
}

// readXML answers the root element of an XML answer.
func readXML(body []byte) (element, error) {
	var root element
	err := xml.NewDecoder(bytes.NewReader(body)).Decode(&root)
	if errors.Is(err, io.EOF) {
		return root, errors.New("the answer is empty")
	}
	return root, err
}

// find answers the first element of that name at any depth.
func (e element) find(name string) (element, bool) {
	for _, c := range e.Children {
		if c.XMLName.Local == name {
			return c, true
		}
		if found, ok := c.find(name); ok {
			return found, true
		}
	}
	return element{}, false
}

// elements gives an XML answer CloudTrail's form: "item" children are {"items": […]}, "return" is "_return".
func (e element) elements() any {
	if len(e.Children) == 0 {
		text := strings.TrimSpace(e.Text)
		if text == "" && (strings.HasSuffix(e.XMLName.Local, "Set") || strings.HasSuffix(e.XMLName.Local, "s")) {
			return map[string]any{}
		}
		return typed(e.XMLName.Local, text)
	}
	out := map[string]any{}
	var items []any
	for _, c := range e.Children {
		switch name := c.XMLName.Local; name {
		case "item":
			items = append(items, c.elements())
		case "return":
			out["_return"] = c.elements()
		default:
			out[name] = c.elements()
		}
	}
	if items != nil {
		out["items"] = items
	}
	return out
}
