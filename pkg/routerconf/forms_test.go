package routerconf_test

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

// forms are files as people write them, and what they say.
var forms = []struct {
	what, name string
	kind       types.FirelensConfigurationType
	text, want string
}{
	{
		"classic: keys in any case, comments, tabs, CRLF", "x.conf", fluentBit,
		"# first\r\n[Input]\r\n\tNAME\tForward\r\n    Listen   127.0.0.1  \r\n    # not this\r\n      \r\n   Tag a # not a comment\r\n[SERVICE]\r\n    Flush 1", `
input forward @x.conf:2 name=Forward listen=127.0.0.1 tag=a # not a comment
service  @x.conf:8 flush=1
`,
	},
	{"classic: plurals, prefixes of URLs, two of a key", "x.conf", fluentBit, "[INPUTS]\n Name tcp://0.0.0.0:5170\n Name other\n[outputs]\n Name es\n Match a\n Match b\n", `
input tcp @x.conf:1 name=tcp://0.0.0.0:5170 name=other
output es @x.conf:4 name=es match=a match=b
`},
	{
		"classic: a variable of the container, one that is not known, one that is set further down", "x.conf", fluentBit,
		"[OUTPUT]\n Name cloudwatch_logs\n region ${REGION}\n group /${A}/${REGION}\n stream ${S}-1\n@SET S=one=two\n@SET REGION=us-east-1\n", `
output cloudwatch_logs @x.conf:1 name=cloudwatch_logs region=us-east-1 group=?/${A}/${REGION} stream=one=two-1
`,
	},
	{"classic: a plugin that is not known", "x.conf", fluentBit, "[INPUT]\n Tag x\n Name ${IN}\n[PARSER]\n Name ${IN}\n", `
input  @x.conf:1 tag=x name=?${IN}
parser  @x.conf:4 name=?${IN}
? x.conf:3: the plugin of a section of kind input is not known: the value of the variable "IN" is not known
`},
	{"classic: an include, in the middle of a section, whose variable holds before it", "x.conf", fluentBit, "[OUTPUT]\n Name s3\n@include part.conf\n Region ${place}\n", `
output s3 @x.conf:1 name=s3 region=here
input tail @/etc/part.conf:1 name=tail
`},
	{"classic: a pattern, sorted; a folder; a file that is not there; a command that is not known", "x.conf", fluentBit, "@INCLUDE many/*.conf\n@INCLUDE folder\n@INCLUDE ../gone.conf\n@WHAT ever\n@INCLUDE no/*.conf\n", `
output stdout @/etc/many/a.conf:1 name=stdout
output null @/etc/many/b.conf:1 name=null
? x.conf:2: it includes "/etc/folder": it is not a file
? x.conf:3: it includes "/gone.conf": it is not there
? x.conf:5: it includes "/etc/no/*.conf", for which no file was found
`},
	{"classic: a pattern for all, which means no folders and nothing hidden", "x.conf", fluentBit, "@INCLUDE many/*\n@INCLUDE man?/*/*\n", `
output stdout @/etc/many/a.conf:1 name=stdout
output null @/etc/many/b.conf:1 name=null
input cpu @/etc/many/folder/x:1 name=cpu
`},
	{"classic: a circle, and a second time", "x.conf", fluentBit, "@INCLUDE round.conf\n@INCLUDE /etc/round.conf\n", `
filter grep @/etc/round.conf:1 name=grep
? /etc/round.conf:3: it includes "/etc/round.conf", which includes it
? x.conf:2: it includes "/etc/round.conf" a second time, which Fluent Bit refuses
`},
	{"classic: a group", "x.conf", fluentBit, "[INPUT]\n    Name tail\n    [PROCESSORS]\n        Logs on\n    Tag a\n", `
input tail @x.conf:1 name=tail tag=a
- processors  @x.conf:3 logs=on
`},
	{"YAML: all parts", "x.yaml", fluentBit, `
env:
  A: local
  REGION: ${REGION}
service:
  flush: 1
  http_server: "on"
parsers:
  - name: p
pipeline:
  inputs:
    - Name: Forward
      listen: ${ADDRESS}
      memBufLimit: 5MB
      tag: [a, b]
      processors:
        logs:
          - name: lua
            code: |
              return 1
  outputs:
    - name: s3
      region: ${A}
---
includes:
  - sub/in.yaml
`, `
service  @x.yaml:6 flush=1 http_server=on
parser  @x.yaml:9 name=p
input forward @x.yaml:12 name=Forward listen=127.0.0.1 mem_buf_limit=5MB tag=a tag=b
- processors  @x.yaml:17
- - logs  @x.yaml:18 name=lua code=return 1
output s3 @x.yaml:22 name=s3 region=local
input tail @/etc/sub/in.yaml:3 name=tail
service  @/etc/sub/deep.yaml:1 flush=1
`},
	{"classic: tabs behind commands", "x.conf", fluentBit, "@INCLUDE\tpart.conf\n@SET\tA=b\n[OUTPUT]\n Name ${A}\n", `
input tail @/etc/part.conf:1 name=tail
output b @x.conf:3 name=b
`},
	{"classic: a comment behind a plugin's name", "x.conf", fluentBit, "[INPUT]\n Name forward # from the edge\n[INPUT]\n Name\ttail\t# files\n", `
input forward @x.conf:1 name=forward # from the edge
input tail @x.conf:3 name=tail	# files
`},
	{"YAML: plugins as keys, as Fluent Bit 1.9 has them", "x.yaml", fluentBit, `
pipeline:
  inputs:
    - forward:
        listen: 0.0.0.0
      tail:
        path: /x
  filters:
    - name: grep
customs:
  - calyptia:
      machine: x
`, `
input forward @x.yaml:4 listen=0.0.0.0 name=forward
input tail @x.yaml:6 path=/x name=tail
filter grep @x.yaml:9 name=grep
custom calyptia @x.yaml:11 machine=x name=calyptia
`},
	{"YAML: plugins to load, and parts of another program's file", "x.yaml", fluentBit, `
plugins:
  - /fluent-bit/out_gstdout.so
extensions:
  a: {b: c}
ignorable: x
agent:
  pipeline:
    inputs: []
stream_processor:
  - name: a
    exec: CREATE STREAM a
`, `
agent  @x.yaml:8
- pipeline  @x.yaml:9
stream_processor  @x.yaml:11 name=a exec=CREATE STREAM a
? x.yaml:7: it has a part "agent", which Fluent Bit does not know
`},
	{"YAML: variables as a list, nothing where parts may stand, an empty document", "x.yml", fluentBit, "env:\n  - {name: A, value: x}\n  - {name: B, uri: http://b}\npipeline:\n  inputs:\n  outputs:\n    - {name: '${A}', to: '${B}'}\n---\n", `
output x @x.yml:7 name=x to=?${B}
`},
	{"Fluentd: elements, arguments, quotes, JSON, comments", "x.conf", fluentd, `
# comment
<source>
  @type forward # behind
  port "24224"
  bind '0.0.0.0'
  tag a#b
  empty
  none # only a comment
  <transport tls>
    key "#{ENV['REGION']}-#{ENV["ADDRESS"]}"
  </transport>
  list ["a", # one
    "b]"] # behind
  map {"a": {"b": 1}}
  text "two
lines \"quoted\" \\ \t end"
</source>
<match a.** b>
  @type copy
  <store>
    @type S3
    who "#{Socket.gethostname}"
    how "#{ENV['SECRET']}"
  </store>
</match>
<label @X>
  <filter "c.d">
    @type grep
  </filter>
</label>
`, `
source forward @x.conf:3 @type=forward port=24224 bind=0.0.0.0 tag=a#b empty= none= list=["a", # one
    "b]"] map={"a": {"b": 1}} text=two
lines "quoted" \ 	 end
- transport(tls)  @x.conf:10 key=eu-central-1-127.0.0.1
match(a.** b) copy @x.conf:19 @type=copy
- store s3 @x.conf:21 @type=S3 who=?#{Socket.gethostname} how=?#{ENV['SECRET']}
label(@X)  @x.conf:27
- filter(c.d) grep @x.conf:28 @type=grep
`},
	{"Fluentd: includes, relative to the file they stand in, also within an element", "x.conf", fluentd, `@include sub/in.conf
include sub/dee?.conf # comment
<source>
  @type http
  @include sub/params.conf
  include not an include
</source>
@include http://example.com/x.conf
@include "#{ENV['WHERE']}.conf"
@include sub/**/x.conf
@include x.conf
`, `
match(b) stdout @/etc/sub/deep.conf:1 @type=stdout
match(a) null @/etc/sub/in.conf:2 @type=null
match(b) stdout @/etc/sub/deep.conf:1 @type=stdout
source http @x.conf:3 @type=http port=1 include=not an include
- buffer  @/etc/sub/params.conf:2
? x.conf:8: it includes something else, and it is not a file
? x.conf:9: it includes something else, and the value of the variable "WHERE" is not known
? x.conf:10: it includes "/etc/sub/**/x.conf", for which no file was found
? x.conf:11: it includes "/etc/x.conf", which includes it
`},
	{"Fluentd: type without @, where there is none with it", "x.conf", fluentd, "<source>\n  type forward\n</source>\n<match **>\n  type a\n  @type b\n</match>\n", `
source forward @x.conf:1 type=forward
match(**) b @x.conf:4 type=a @type=b
`},
	{"Fluentd: comments in a list", "x.conf", fluentd, "<source>\n  @type sample\n  data [ # it's [\"one\n    {\"a\": \"#b\"} # and ]\n  ]\n  tag a\n</source>\n", `
source sample @x.conf:1 @type=sample data=[ # it's ["one
    {"a": "#b"} # and ]
  ] tag=a
`},
	{"Fluentd: its YAML form", "x.yaml", fluentd, "config: []", "? x.yaml: Fluentd's YAML form is not read\n"},
}
