package rules

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl313() Rule {
	return Rule{
		ID:       "FL313",
		Title:    "Files for the init process that it does not load",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "A router has variables of the init process of AWS's image (aws_fluent_bit_init_s3_1, aws_fluent_bit_init_file_1), and its image is AWS's without the init process; or the value of an S3 variable is not the " +
				"ARN of an object, or that of a file variable is an address; or a variable is there twice; or two S3 variables name objects with the same base name.",
			Why: "Another tag of the image does not read these variables: the router runs without the filters and outputs that the files hold, and says nothing. A value that is no ARN ends the router at its start. Of " +
				"a variable that is there twice, one value is lost (\"the number after this prefix cannot be repeated\"). And S3 files are stored by their base names: of a/filter.conf and b/filter.conf the second replaces the first.",
			Fix: "None: which file is meant, and which image, its author knows. Tags that begin with init- (or debug-init-) run the init process.",
			Silent: "Without such variables; for images that are not AWS's and for references by digest, which may run the init process, as far as the image is concerned; for variables whose values are secrets. Whether the objects exist is not " +
				"asked. Unknown where a file does not tell the image, or a value is a placeholder.",
			Before: `{"name": "log_router", "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16",
 "environment": [{"name": "aws_fluent_bit_init_s3_1", "value": "arn:aws:s3:::shop-config/extra.conf"}]}`,
			After: `{"name": "log_router", "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:init-3.4.16",
 "environment": [{"name": "aws_fluent_bit_init_s3_1", "value": "arn:aws:s3:::shop-config/extra.conf"}]}`,
			Sources: []string{"https://github.com/aws/aws-for-fluent-bit/tree/mainline/use_cases/init-process-for-fluent-bit", srcInit, "aws/aws-for-fluent-bit init/fluent_bit_init_process.go (names of the variables, base names)"},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if c := &d.Task.ContainerDefinitions[i]; isRouter(c) {
					found = append(found, d.initFiles(c)...)
				}
			}
			return found
		}),
	}
}

// initVariable is a variable of the init process; the value is empty where it is a secret.
type initVariable struct {
	name, value string
	from        ConfigFrom
	secret      bool
}

// initVariables are a router's, by name.
func initVariables(c *types.ContainerDefinition) []initVariable {
	var all []initVariable
	for i := range c.Environment {
		if from := initFrom(str(c.Environment[i].Name)); from != "" {
			all = append(all, initVariable{name: str(c.Environment[i].Name), value: str(c.Environment[i].Value), from: from})
		}
	}
	for i := range c.Secrets {
		if from := initFrom(str(c.Secrets[i].Name)); from != "" {
			all = append(all, initVariable{name: str(c.Secrets[i].Name), from: from, secret: true})
		}
	}
	slices.SortFunc(all, func(a, b initVariable) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.value, b.value)) })
	return all
}

func (d Definition) initFiles(c *types.ContainerDefinition) []Finding {
	all := initVariables(c)
	if len(all) == 0 {
		return nil
	}
	if why := d.whyAt(c, "image"); why != "" {
		return d.unknown("FL313", Path(str(c.Name), "image"), why)
	}
	if awsImage.MatchString(str(c.Image)) && !initTag.MatchString(str(c.Image)) {
		f := d.finding("FL313", High, Path(str(c.Name), "image"), fmt.Sprintf("router %s names files for the init process, and the tag of its image is one without it: the files are not read", str(c.Name)))
		for _, v := range all {
			f.Evidence = append(f.Evidence, "variable "+v.name)
		}
		f.Evidence = some(f.Evidence)
		return []Finding{f}
	}
	var found []Finding
	for i, v := range all {
		found = append(found, d.initValue(c, v)...)
		found = append(found, d.initRepeated(c, v, all[:i])...)
	}
	return found
}

// initValue is the finding of a value that the init process cannot read.
func (d Definition) initValue(c *types.ContainerDefinition, v initVariable) []Finding {
	at := Path(str(c.Name), "environment["+v.name+"]")
	switch {
	case v.secret || v.from == FromInitS3 && namesObject(v.value) || v.from == FromInitFile && !remote(v.value):
		return nil
	case d.whyAt(c, "environment["+v.name+"].value") != "":
		return d.unknownAt("FL313", c, "environment["+v.name+"].value")
	case fillIn(v.value):
		return d.unknown("FL313", at, "the value of "+v.name+" is a placeholder")
	case v.from == FromInitFile:
		return []Finding{d.finding("FL313", High, at, fmt.Sprintf("variable %s of router %s is an address, and the init process looks for a file", v.name, str(c.Name)))}
	}
	return []Finding{d.finding("FL313", High, at, fmt.Sprintf("variable %s of router %s is not the ARN of an S3 object: the router stops at its start", v.name, str(c.Name)))}
}

// initRepeated is the finding of a variable that is there twice, or of an object with the base name of an earlier one.
func (d Definition) initRepeated(c *types.ContainerDefinition, v initVariable, before []initVariable) []Finding {
	at := Path(str(c.Name), "environment["+v.name+"]")
	for _, earlier := range before {
		switch {
		case earlier.name == v.name:
			return []Finding{d.finding("FL313", Medium, at, fmt.Sprintf("variable %s of router %s is there twice: one value is lost", v.name, str(c.Name)))}
		case v.secret || earlier.secret || v.from != FromInitS3 || earlier.from != FromInitS3:
		case path.Base(earlier.value) == path.Base(v.value) && namesObject(v.value):
			return []Finding{d.finding("FL313", Medium, at, fmt.Sprintf(
				"variables %s and %s of router %s name objects with one base name: the second replaces the first", earlier.name, v.name, str(c.Name)))}
		}
	}
	return nil
}
