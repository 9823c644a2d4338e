package source_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/source"
)

// A group outside the template is the same wherever it is named in the same way: what an entry of its own lets in is sure, whatever else
// the group lets in.
func TestEntriesOfAGroupOutside(t *testing.T) {
	const open = "  Own:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties: {GroupId: GROUP, IpProtocol: tcp, FromPort: 24224, ToPort: 24224, CidrIp: 10.9.0.0/16}\n"
	for group, c := range map[string]struct{ other, want string }{
		"!Ref Shared":                           {"!Ref Shared", "noncompliant"},
		"sg-1":                                  {"sg-1", "noncompliant"},
		"!GetAtt Vpc.DefaultSecurityGroup":      {"!GetAtt Vpc.DefaultSecurityGroup", "noncompliant"},
		"{'Fn::ImportValue': !Sub '${Open}-g'}": {"!ImportValue {'Fn::Sub': '${Open}-g'}", "noncompliant"},
		"!If [Maybe, !Ref Shared, sg-1]":        {"!Ref Shared, sg-1", "unknown"},
		"!ImportValue a":                        {"!ImportValue b", "not read"},
		"!Cidr [{a: b}, {c: d}, '" + strings.Repeat("x", 80) + "']": {"!If [Maybe, [a], !Ref AWS::NoValue]", "not read"},
	} {
		template := strings.Replace(guarded, "SecurityGroups: [!Ref Group]", "SecurityGroups: ["+c.other+"]", 1) + strings.Replace(open, "GROUP", group, 1)
		template = strings.Replace(template, "{Open: {Type: String}}", "{Open: {Type: String}, Shared: {Type: 'AWS::EC2::SecurityGroup::Id'}}", 1)
		doc, err := source.ReadDocument("t", []byte(template))
		if err != nil {
			t.Fatalf("%s: %v", group, err)
		}
		got := ""
		for _, f := range judged(doc, "FL101") {
			if strings.Contains(f.Path, "10.9.0.0/16") && f.Line == 22 {
				got = string(f.Status)
			}
		}
		if slices.ContainsFunc(doc.Unread, func(p source.Place) bool { return p.Path == "Own" }) {
			got += "not read"
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", group, got, c.want)
		}
	}
}

// How severe an open entry is rests on what is known of the router: an image that nothing tells is not one of one's own, and AWS's own is
// known in whatever Region.
func TestWhatIsKnownOfTheRoutersImage(t *testing.T) {
	const image = "{Name: router, Image: a,"
	for by, want := range map[string]string{
		"!Ref Open": "medium unknown",
		"!Sub '${Open}/aws-for-fluent-bit:3.4.16'":                                                        "medium unknown",
		"'{{resolve:ssm:/aws/service/aws-for-fluent-bit/3.4.16}}'":                                        "medium unknown",
		"!Sub '906394416424.dkr.ecr.${AWS::Region}.amazonaws.com/aws-for-fluent-bit:3.4.16'":              "medium",
		"!Sub '906394416424.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/aws-for-fluent-bit:3.4.16'":          "medium",
		"!Sub '906394416424.dkr.ecr.${AWS::Region}.amazonaws.com/aws-for-fluent-bit:${Open}'":             "medium unknown",
		"!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/shop-router:1'":                     "high",
		"!Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/${Open}'":                           "medium unknown",
		"{Ref: Open}, EntryPoint: [/run.sh]":                                                              "high unknown",
		"!Sub 'public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16', Command: !Split [',', 'a,b']": "high",
	} {
		doc, err := source.ReadDocument("t", []byte(strings.Replace(guarded, image, "{Name: router, Image: "+by+",", 1)))
		if err != nil {
			t.Fatalf("%s: %v", by, err)
		}
		var found []string
		for _, f := range judged(doc, "FL101") {
			found = append(found, string(f.Severity))
		}
		for _, f := range judged(doc, "FL505") {
			found = append(found, string(f.Status))
		}
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%s: %s, want %s", by, got, want)
		}
	}
}

// A service may name the family of a definition of the template, and so tie it.
func TestADefinitionByItsFamily(t *testing.T) {
	for named, want := range map[string]string{
		"store": "noncompliant", "store:7": "noncompliant", "!Sub 'arn:aws:ecs:${AWS::Region}:${AWS::AccountId}:task-definition/store:7'": "noncompliant",
		"arn:aws:ecs:eu-west-1:123456789012:task-definition/store": "noncompliant", "arn:aws:ecs:eu-west-1:123456789012:task-definition/other:1": "unknown", "store:x": "unknown",
	} {
		template := strings.NewReplacer("NetworkMode: awsvpc", "NetworkMode: awsvpc\n      Family: store", "TaskDefinition: !Ref Task", "TaskDefinition: "+named).Replace(guarded)
		doc, err := source.ReadDocument("t", []byte(template))
		if err != nil {
			t.Fatal(err)
		}
		if found := judged(doc, "FL101"); len(found) != 1 || string(found[0].Status) != want {
			t.Errorf("%s: %+v, want one that is %s", named, found, want)
		}
	}
}
