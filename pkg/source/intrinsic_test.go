package source_test

import (
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/source"
)

// probe is a template around one value, the image of its one container.
const probe = `Parameters:
  Known: {Type: String, Default: known}
  Open: {Type: String}
  Secret: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/name}
  Names: {Type: CommaDelimitedList, Default: "a, b ,c"}
  Odd: {Type: String, Default: [a]}
  Dynamic: {Type: String, Default: "{{resolve:ssm:/a/name}}"}
Mappings:
  Map: {one: {A: mapped, B: [x, y]}}
Conditions:
  IsYes: !Equals [!Ref Known, known]
  IsNo: !Equals [!Ref Known, other]
  Maybe: !Equals [!Ref Open, other]
  Same: !Equals [!Ref Open, !Ref Open]
  NotNo: !Not [!Condition IsNo]
  AndYes: !And [!Condition IsYes, !Condition NotNo]
  AndNo: !And [!Condition Maybe, !Condition IsNo]
  AndMaybe: !And [!Condition Maybe, !Condition IsYes]
  OrYes: !Or [!Condition Maybe, !Condition IsYes]
  OrMaybe: !Or [!Condition Maybe, !Condition IsNo]
  Loop: !Not [!Condition Loop]
  Number: !Equals [1, "1"]
  Odd: {Fn::Contains: [a, b]}
Resources:
  Bucket: {Type: "AWS::S3::Bucket"}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: app
          Image: `

func TestFunctions(t *testing.T) {
	for value, c := range map[string]struct {
		image, why string // no why: known
	}{
		`plain`:                       {"plain", ""},
		`!Ref Known`:                  {"known", ""},
		`{Ref: Known}`:                {"known", ""},
		`!Ref Open`:                   {"${Open}", "line 31: parameter Open has no default"},
		`!Ref Secret`:                 {"${Secret}", "parameter Secret is read from Systems Manager"},
		`!Ref Odd`:                    {"${Odd}", "the default of parameter Odd is a list"},
		`!Ref Dynamic`:                {"{{resolve:ssm:/a/name}}", "the dynamic reference"},
		`"{{resolve:ssm:/a/name}}"`:   {"{{resolve:ssm:/a/name}}", "the dynamic reference"},
		`!Ref AWS::AccountId`:         {"${AWS::AccountId}", "AWS::AccountId is known at deployment"},
		`!Ref AWS::NoValue`:           {"", ""},
		`!Ref Bucket`:                 {"${Bucket}", "Bucket exists after deployment"},
		`!Ref Nobody`:                 {"${Nobody}", "no parameter or resource Nobody"},
		`!Ref [a]`:                    {"", "Ref is malformed"},
		`!GetAtt Bucket.Arn`:          {"${Bucket.Arn}", "Bucket.Arn exists after deployment"},
		`{Fn::GetAtt: [Bucket, Arn]}`: {"${Bucket.Arn}", "Bucket.Arn exists after deployment"},
		`!GetAtt Nobody.Arn`:          {"${Nobody.Arn}", "no resource Nobody"},
		`!GetAtt Bucket`:              {"", "Fn::GetAtt is malformed"},
		`!Sub "${Known}/${!Known}"`:   {"known/${Known}", "is a placeholder"}, // a variable of somebody else's
		`!Sub ["${a}-${Known}", {a: !Ref Known}]`:                     {"known-known", ""},
		`!Sub "${Open}/${Bucket.Arn}"`:                                {"${Open}/${Bucket.Arn}", "parameter Open has no default"},
		`!Sub ["pre-${a}", {a: !If [Maybe, x, !Ref "AWS::NoValue"]}]`: {"", "condition Maybe cannot be decided"},
		`!Sub {a: b}`:                                 {"", "Fn::Sub is malformed"},
		`!Join [":", [a, !Ref Known, 3]]`:             {"a:known:3", ""},
		`!Join ["-", !Ref Names]`:                     {"a-b-c", ""},
		`!Join ["/", [!Ref Open, b]]`:                 {"${Open}/b", "parameter Open has no default"},
		`!Join ["/", [[a]]]`:                          {"", "Fn::Join is malformed"},
		`!Select [1, !Ref Names]`:                     {"b", ""},
		`!Select ["2", [a, b, !Ref Known]]`:           {"known", ""},
		`!Select [3, !Ref Names]`:                     {"", "Fn::Select is malformed"},
		`!Select [0, !Ref Open]`:                      {"", "what is selected is not known: line 31: parameter Open"},
		`!Select [1, !Split ["/", "a/b/c"]]`:          {"b", ""},
		`!Select [1, !Split ["/", !Ref Open]]`:        {"", "what is split is not known"},
		`!FindInMap [Map, one, A]`:                    {"mapped", ""},
		`!Select [1, !FindInMap [Map, one, B]]`:       {"y", ""},
		`!FindInMap [Map, !Ref Open, A]`:              {"", "the key of a mapping is not known"},
		`!FindInMap [Map, two, A, {DefaultValue: d}]`: {"d", ""},
		`!FindInMap [Map, one, A, {DefaultValue: d}]`: {"mapped", ""},
		`!FindInMap [Map, two, A]`:                    {"", `mapping "Map" has no "A" of "two"`},
		`!If [IsYes, a, b]`:                           {"a", ""},
		`!If [IsNo, a, b]`:                            {"b", ""},
		`!If [NotNo, a, b]`:                           {"a", ""},
		`!If [AndYes, a, b]`:                          {"a", ""},
		`!If [AndNo, a, b]`:                           {"b", ""},
		`!If [OrYes, a, b]`:                           {"a", ""},
		`!If [Same, a, b]`:                            {"a", ""},
		`!If [Number, a, b]`:                          {"a", ""},
		`!If [Maybe, a, a]`:                           {"a", ""},
		`!If [Maybe, !Ref Known, known]`:              {"known", ""},
		`!If [Maybe, a, b]`:                           {"${Fn::If Maybe, a, b}", "condition Maybe cannot be decided: line 13: parameter Open has no default"},
		`!If [AndMaybe, a, b]`:                        {"${Fn::If AndMaybe, a, b}", "condition AndMaybe cannot be decided"},
		`!If [OrMaybe, a, b]`:                         {"${Fn::If OrMaybe, a, b}", "condition OrMaybe cannot be decided"},
		`!If [Loop, a, b]`:                            {"${Fn::If Loop, a, b}", "condition Loop rests on itself"},
		`!If [Odd, a, b]`:                             {"${Fn::If Odd, a, b}", "Fn::Contains is not understood in a condition"},
		`!If [Nobody, a, b]`:                          {"${Fn::If Nobody, a, b}", "the template has no condition Nobody"},
		`!If [Maybe, a, !Ref AWS::NoValue]`:           {"", "condition Maybe cannot be decided"},
		`!ImportValue x`:                              {"${Fn::ImportValue x}", "what Fn::ImportValue makes is known at deployment"},
		`{Fn::Transform: {Name: Macro}}`:              {"${Fn::Transform Name: Macro}", "what Fn::Transform makes is known at deployment"},
		`!Base64 x`:                                   {"${Fn::Base64 x}", "what Fn::Base64 makes"},
		`{"Fn::ForEach::A": [x, [a], {}], Other: 1}`:  {"", "an object stands where a string belongs"},
		`on`:         {"true", ""},
		`"on"`:       {"on", ""},
		`2026-01-31`: {"2026-01-31", ""},
	} {
		t.Run(value, func(t *testing.T) {
			doc, err := source.ReadDocument("probe", []byte(probe+value+"\n"))
			if err != nil || len(doc.Resources) != 1 {
				t.Fatalf("%d resources, error %v", len(doc.Resources), err)
			}
			d := doc.Resources[0].Resource.(rules.Definition)
			app, _ := d.Container("app")
			image, why := "", d.Why("containerDefinitions[app].image")
			if app.Image != nil {
				image = *app.Image
			}
			blank := c.image == "" && strings.HasPrefix(image, "${") // by its call, or its place
			if image != c.image && !blank || !strings.Contains(why, c.why) || (why == "") != (c.why == "") {
				t.Errorf("%q, unknown because %q", image, why)
			}
		})
	}
}
