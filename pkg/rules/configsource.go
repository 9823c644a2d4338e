package rules

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// ConfigFrom says what names a configuration file.
type ConfigFrom string

// The ways in which a definition names a configuration file of its router.
const (
	FromOptionFile ConfigFrom = "option file" // config-file-type: file
	FromOptionS3   ConfigFrom = "option s3"   // config-file-type: s3
	FromInitFile   ConfigFrom = "init file"   // a path, to the init process of AWS's image
	FromInitS3     ConfigFrom = "init s3"     // an S3 ARN, to the same
	FromCommand    ConfigFrom = "command"     // -c in the entry point or command
	FromVariable   ConfigFrom = "variable"    // FLUENTD_CONF, which the start command of Fluentd's image reads
	FromImage      ConfigFrom = "image"       // the image by itself; the definition does not tell, whoever knows the image does
)

// ConfigSource is a configuration file that a router will read beside what ECS generates, or in place of it.
type ConfigSource struct {
	From ConfigFrom
	// By is the option, variable or field that names the file: "config-file-value", "aws_fluent_bit_init_s3_1", "command".
	By string
	// Name is a path in the container, or an S3 ARN; "" where it is unknown.
	Name string
	// At is where the container sees the file.
	At string
	// BuiltIn says that it is one of the files that AWS's image brings along, and no volume hides it.
	BuiltIn bool
	// Replaces says that the file is read in place of the generated configuration.
	Replaces bool
	// Unknown says why Name is unknown.
	Unknown string
}

// Effect is what the file does to the configuration that ECS generates, in one clause.
func (s ConfigSource) Effect() string {
	switch {
	case s.From == FromImage:
		return "the image reads it by itself"
	case s.Replaces && s.Unknown != "":
		return "it may be read in place of the configuration that ECS generates"
	case s.Replaces:
		return "it is read in place of the configuration that ECS generates: the clients' log options and enable-ecs-log-metadata have no effect"
	case s.From == FromInitFile || s.From == FromInitS3:
		return "it is included behind the configuration that ECS generates, and adds to it"
	}
	return "it is included in the configuration that ECS generates, behind its filters and before its outputs, and adds to it"
}

// Where ECS puts what it generates and what it downloads (aws/amazon-ecs-agent, agent/api/task/task.go), and the init process what it
// downloads (aws/aws-for-fluent-bit, init/fluent_bit_init_process.go).
const (
	fluentBitDir = "/fluent-bit/etc/"
	fluentdDir   = "/fluentd/etc/"
	initDir      = "/init/fluent-bit-init-s3-files/"
	generated    = "/fluent-bit/etc/fluent-bit.conf"
	generatedD   = "/fluentd/etc/fluent.conf"
	external     = "external.conf"
)

// GeneratedConfig is the path at which a router of that kind finds the configuration that ECS generates.
func GeneratedConfig(kind types.FirelensConfigurationType) string {
	if kind == fluentd {
		return generatedD
	}
	return generated
}

// BuiltInConfigs are the paths of the configuration files that AWS's image brings along, sorted.
func BuiltInConfigs() []string { return slices.Sorted(maps.Keys(builtIn)) }

// ConfigSources are the configuration files that the router of a definition reads, in the order in which they are read. Where its
// entry point or command names another main file, that is the only one; where they are not understood, it is the first.
func (d Definition) ConfigSources() []ConfigSource {
	r, ok := d.Router()
	if !ok {
		return nil
	}
	found := d.mainSource(r)
	if len(found) == 0 || found[0].Unknown != "" {
		found = slices.Concat(found, d.optionSource(r), initSources(r))
	}
	return builtInOf(r, found)
}

// GeneratedSources are the files that the configuration which ECS generates includes, whatever main file the router is told to read.
func (d Definition) GeneratedSources() []ConfigSource {
	r, ok := d.Router()
	if !ok {
		return nil
	}
	return builtInOf(r, d.optionSource(r))
}

func builtInOf(r types.ContainerDefinition, all []ConfigSource) []ConfigSource {
	for i, s := range all {
		all[i].BuiltIn = awsImage.MatchString(str(r.Image)) && builtIn[s.At] != "" && !mountedOver(r, s.At)
	}
	return all
}

// optionSource is the file that config-file-value names. The agent ignores a value without its type.
func (d Definition) optionSource(r types.ContainerDefinition) []ConfigSource {
	const option = "config-file-value"
	o := r.FirelensConfiguration.Options
	s := ConfigSource{From: FromOptionFile, By: option, Name: o[option], At: path.Clean("/" + o[option])}
	if o["config-file-type"] == "s3" {
		s.From, s.At = FromOptionS3, dirOf(r)+external
	}
	for _, field := range []string{"config-file-type", option} {
		if why := d.Why(Path(str(r.Name), "firelensConfiguration.options."+field)); why != "" {
			s.Name, s.At, s.Unknown = "", "", option+" is not known: "+why
			return []ConfigSource{s}
		}
	}
	if o["config-file-type"] == "" || s.Name == "" {
		return nil
	}
	return []ConfigSource{s}
}

// initSources are the files that variables name for the init process. A variable set from a secret has no value here.
func initSources(r types.ContainerDefinition) []ConfigSource {
	fluentd := r.FirelensConfiguration.Type == types.FirelensConfigurationTypeFluentd
	if fluentd || awsImage.MatchString(str(r.Image)) && !initTag.MatchString(str(r.Image)) {
		return nil
	}
	var found []ConfigSource
	for _, v := range r.Environment {
		if from := initFrom(str(v.Name)); from != "" {
			s := ConfigSource{From: from, By: str(v.Name), Name: str(v.Value), At: path.Clean("/" + str(v.Value))}
			if from == FromInitS3 {
				s.At = initDir + path.Base(s.Name)
			}
			found = append(found, s)
		}
	}
	for _, v := range r.Secrets {
		if from := initFrom(str(v.Name)); from != "" {
			found = append(found, ConfigSource{From: from, By: str(v.Name), Unknown: "the value of " + str(v.Name) + " is a secret"})
		}
	}
	return found
}

func initFrom(variable string) ConfigFrom {
	m := initFile.FindStringSubmatch(variable)
	switch {
	case m == nil:
		return ""
	case strings.EqualFold(m[1], "s3"):
		return FromInitS3
	}
	return FromInitFile
}

func dirOf(r types.ContainerDefinition) string {
	if r.FirelensConfiguration.Type == types.FirelensConfigurationTypeFluentd {
		return fluentdDir
	}
	return fluentBitDir
}
