package source

import (
	"reflect"
	"strconv"
	"strings"
)

// dialect is how a format names what the ECS API has, and whether it makes strings of numbers, and numbers and booleans of
// strings.
type dialect struct {
	// name is the API's name for a key; false for a key that the format does not have, which is returned as it is.
	name    func(key string) (string, bool)
	tags    string
	coerces bool
}

var (
	api            = dialect{name: apiName, tags: "tags"}
	cloudFormation = dialect{name: cloudFormationName, tags: "Tags", coerces: true}
)

// apiName takes the API's own names: they begin with a lower-case letter.
func apiName(key string) (string, bool) {
	return key, key != "" && 'a' <= key[0] && key[0] <= 'z'
}

// renamed are the properties of AWS::ECS::TaskDefinition whose names in the API differ in more than the first letter
// (CloudFormation's resource schema held against the SDK's types).
var renamed = map[string]string{
	"EFSVolumeConfiguration":                  "efsVolumeConfiguration",
	"FSxWindowsFileServerVolumeConfiguration": "fsxWindowsFileServerVolumeConfiguration",
	"S3FilesVolumeConfiguration":              "s3filesVolumeConfiguration",
	"FilesystemId":                            "fileSystemId",
	"IAM":                                     "iam",
	"ProxyConfigurationProperties":            "properties",
}

func cloudFormationName(key string) (string, bool) {
	if name, ok := renamed[key]; ok {
		return name, true
	}
	if key == "" || key[0] < 'A' || key[0] > 'Z' {
		return key, false
	}
	return strings.ToLower(key[:1]) + key[1:], true
}

// get returns the member that the API knows under that name, as a node's get does.
func (x dialect) get(n node, name string) node {
	for _, m := range n.members {
		if known, ok := x.name(m.key); ok && known == name {
			return m.value
		}
	}
	return n.missing()
}

// coerced is a scalar as CloudFormation hands it on: strings for numbers and booleans and the reverse, where they read as such.
func coerced(n node, wanted reflect.Kind) node {
	_, noNumber := strconv.ParseFloat(n.text, 64)
	word := strings.ToLower(n.text)
	switch {
	case wanted == reflect.String && (n.kind == number || n.kind == truth):
		n.kind = text
	case wanted == reflect.Bool && n.kind == text && (word == "true" || word == "false"):
		n.kind, n.text = truth, word
	case wanted != reflect.String && wanted != reflect.Bool && n.kind == text && noNumber == nil:
		n.kind = number
	}
	return n
}

func newDecoder(x dialect) *decoder {
	return &decoder{dialect: x, unknown: map[string]string{}, deployed: map[string]bool{}, places: map[string]Position{}}
}
