package source_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// entries is a template with a group of n ingress entries and one service behind it.
func entries(n int) string {
	one := "        - {IpProtocol: tcp, FromPort: 24224, ToPort: 24224, CidrIp: 10.%d.%d.0/24}\n"
	var b strings.Builder
	b.WriteString("Resources:\n  G:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      SecurityGroupIngress:\n")
	for i := range n {
		fmt.Fprintf(&b, one, i/256, i%256)
	}
	b.WriteString("  S:\n    Type: AWS::ECS::Service\n    Properties: {TaskDefinition: other, NetworkConfiguration: {AwsvpcConfiguration: {SecurityGroups: [!Ref G]}}}\n")
	return b.String()
}

// within is a template around an image.
func within(parameters, image string) string {
	return "Parameters:\n" + parameters + "Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties: {ContainerDefinitions: [{Name: a, Image: " + image + "}]}\n"
}

// Each of these goes beyond one bound of a template, and is refused or unknown for that.
func TestBoundsOfATemplate(t *testing.T) {
	parameter := "  P: {Type: String, Default: \"" + strings.Repeat("x", 4096) + "\"}\n"
	list := "  L: {Type: CommaDelimitedList, Default: \"" + strings.Repeat("x,", 4096) + "\"}\n"
	for name, c := range map[string]struct{ data, refused, unknown string }{
		"resources":          {"Resources:\n" + resources(501), "line 2: 501 resources; CloudFormation takes 500", ""},
		"entries":            {entries(1001), "1001 ingress entries, where a template may have 1000", ""},
		"a long string":      {within(parameter, `!Sub "`+strings.Repeat("${P}", 17)+`"`), "", "makes a string of more than 65536 bytes"},
		"a long unknown":     {within(parameter, `!Sub "${Q}`+strings.Repeat("${P}", 17)+`"`), "", "makes a string of more than 65536 bytes"},
		"a long pattern":     {within("", `!Sub "`+strings.Repeat("${Q}", 17<<10)+`"`), "", "Fn::Sub is malformed"},
		"values":             {within(list, "["+strings.Repeat("!Ref L,", 30)+"]"), "the template's functions make more than 100000 values", ""},
		"text":               {within(parameter, "["+strings.Repeat(`!Sub "${P}",`, 4000)+"]"), "the template's functions make more than 100000 values", ""},
		"unknown text":       {within(parameter, "["+strings.Repeat(`!Sub "${P}${Q}",`, 4000)+"]"), "the template's functions make more than 100000 values", ""},
		"containers":         {within("", "a}"+strings.Repeat(", {Name: b}", 200)+", {Name: c"), "", ""},
		"a container's name": {within("", "a, Name2: b}, {Name: "+strings.Repeat("n", 500)), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := source.ReadDocument("t", []byte(c.data))
			switch {
			case c.refused != "":
				if err == nil || !strings.Contains(err.Error(), c.refused) || errors.Is(err, source.ErrOther) {
					t.Errorf("error %v, want one with %q", err, c.refused)
				}
			case err != nil:
				t.Error(err)
			case c.unknown == "":
				if len(doc.Resources) > 0 || len(doc.Unread) != 1 || !strings.Contains(doc.Unread[0].Why, "ECS takes") {
					t.Errorf("%d resources, not read: %v", len(doc.Resources), doc.Unread)
				}
			default:
				d := doc.Resources[0].Resource.(rules.Definition)
				if why := d.Why(rules.Path("a", "image")); !strings.Contains(why, c.unknown) {
					t.Errorf("unknown because %q", why)
				}
			}
		})
	}
}

func resources(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  R%d: {Type: \"AWS::SNS::Topic\"}\n", i)
	}
	return b.String()
}

// The largest YAML of the smallest values costs a bounded amount of memory, and so do the findings of the most entries.
func TestMemoryOfTemplatesIsBounded(t *testing.T) {
	for name, data := range map[string]string{"values": "a: [" + strings.Repeat("b,", 1<<19-8) + "]", "entries": entries(1000), "a bomb": bomb()} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		doc, err := source.ReadDocument("t", []byte(data))
		if found := len(judged(doc, "FL101")); name == "entries" && (err != nil || found != 1000) {
			t.Errorf("%d findings, error %v", found, err)
		}
		runtime.ReadMemStats(&after)
		spent := (after.TotalAlloc - before.TotalAlloc) >> 20
		if t.Logf("%s: %d MiB allocated for %d KiB", name, spent, len(data)>>10); spent > 512 {
			t.Errorf("%s: %d MiB allocated", name, spent)
		}
	}
}
