package ecstask

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/firewarden/firewarden/pkg/rules"
)

// carried are the 17 fields that a corrected revision takes over. An SDK that adds a field to either side fails here: decide
// whether it is carried or assigned by ECS, then extend input or assigned.
var carried = []string{
	"containerDefinitions", "cpu", "enableFaultInjection", "ephemeralStorage", "executionRoleArn", "family",
	"inferenceAccelerators", "ipcMode", "memory", "networkMode", "pidMode", "placementConstraints", "proxyConfiguration",
	"requiresCompatibilities", "runtimePlatform", "taskRoleArn", "volumes",
}

// container are the 42 members of a container definition; they are carried as they are.
var container = []string{
	"command", "cpu", "credentialSpecs", "dependsOn", "disableNetworking", "dnsSearchDomains", "dnsServers", "dockerLabels",
	"dockerSecurityOptions", "entryPoint", "environment", "environmentFiles", "essential", "extraHosts",
	"firelensConfiguration", "healthCheck", "hostname", "image", "interactive", "links", "linuxParameters",
	"logConfiguration", "memory", "memoryReservation", "mountPoints", "name", "portMappings", "privileged",
	"pseudoTerminal", "readonlyRootFilesystem", "repositoryCredentials", "resourceRequirements", "restartPolicy",
	"secrets", "startTimeout", "stopTimeout", "systemControls", "ulimits", "user", "versionConsistency", "volumesFrom",
	"workingDirectory",
}

func TestFieldListsAreThoseOfTheSDK(t *testing.T) {
	if len(carried) != 17 || len(assigned) != 9 || len(container) != 42 {
		t.Fatalf("lists of %d, %d and %d fields", len(carried), len(assigned), len(container))
	}
	cases := []struct {
		name string
		of   reflect.Type
		want []string
	}{
		{"every described field is carried or assigned", reflect.TypeFor[types.TaskDefinition](), append(slices.Clone(carried), assigned...)},
		{"every field of the input is carried, or the tags", reflect.TypeFor[ecs.RegisterTaskDefinitionInput](), append(slices.Clone(carried), "tags")},
		{"every member of a container is known", reflect.TypeFor[types.ContainerDefinition](), container},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := fieldNames(c.want)
			var got []string
			for i := range c.of.NumField() {
				if f := c.of.Field(i); f.IsExported() {
					got = append(got, f.Name)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("fields\n%v\nwant\n%v", got, want)
			}
		})
	}
}

func fieldNames(keys []string) []string {
	var all []string
	for _, k := range keys {
		all = append(all, goName(k))
	}
	slices.Sort(all)
	return all
}

func TestInputFillsEveryField(t *testing.T) {
	var d rules.Definition
	fill(reflect.ValueOf(&d.Task).Elem())
	fill(reflect.ValueOf(&d.Tags).Elem())
	in, task := reflect.ValueOf(input(d)).Elem(), reflect.ValueOf(d.Task)
	for i := range in.NumField() {
		name := in.Type().Field(i).Name
		if !in.Type().Field(i).IsExported() {
			continue
		}
		want := reflect.ValueOf(d.Tags)
		if name != "Tags" {
			want = task.FieldByName(name)
		}
		if in.Field(i).IsZero() || !reflect.DeepEqual(in.Field(i).Interface(), want.Interface()) {
			t.Errorf("%s is %v, want %v", name, in.Field(i), want)
		}
	}
}

// fill gives every exported field below v a value that is not its zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1700000000, 0)))
			return
		}
		if v.Type() == reflect.TypeFor[middleware.Metadata]() {
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"), reflect.ValueOf("value"))
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(7)
	}
}
