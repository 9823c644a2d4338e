package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// asked is what the calls of ECS ask for.
type asked struct {
	Cluster        string   `json:"cluster"`
	NextToken      string   `json:"nextToken"`
	Services       []string `json:"services"`
	Tasks          []string `json:"tasks"`
	TaskDefinition string   `json:"taskDefinition"`
}

// json answers as ECS, EventBridge and its Scheduler do. The account has the default bus, and neither rules nor schedules.
func (s *server) json(op string, body []byte) string {
	var in asked
	_ = json.Unmarshal(body, &in)
	cluster, _ := strconv.Atoi(strings.TrimPrefix(in.Cluster, "c"))
	switch op {
	case "ListEventBuses":
		return `{"EventBuses":[{"Name":"default","Arn":"arn:aws:events:eu-central-1:123456789012:event-bus/default"}]}`
	case "ListRules":
		return `{"Rules":[]}`
	case "ListSchedules":
		return `{"Schedules":[]}`
	case "ListClusters":
		return list("clusterArns", "", clusters, func(k int) string { return where + "cluster/c" + strconv.Itoa(k) })
	case "ListTaskDefinitions":
		return list("taskDefinitionArns", in.NextToken, s.n*revisionsAFamily, func(k int) string {
			return where + "task-definition/" + family(s.n-1-k/revisionsAFamily) + ":" + strconv.Itoa(revisionsAFamily-k%revisionsAFamily)
		})
	case "ListServices":
		return list("serviceArns", in.NextToken, s.services(cluster), func(k int) string {
			return where + "service/" + in.Cluster + "/" + family(cluster+clusters*k)
		})
	case "ListTasks":
		return list("taskArns", in.NextToken, len(s.tasks[cluster]), func(k int) string { return task(in.Cluster, s.tasks[cluster][k]) })
	case "DescribeServices":
		return each("services", in.Services, s.service)
	case "DescribeTasks":
		return each("tasks", in.Tasks, s.task)
	default:
		return `{"taskDefinition":` + s.definition(last(in.TaskDefinition)) + `,"tags":[]}`
	}
}

// pageSize is how many names ECS lists at once.
const pageSize = 100

// list is a page of a list from a token on.
func list(key, token string, n int, name func(int) string) string {
	from, _ := strconv.Atoi(token)
	to := min(from+pageSize, n)
	names := []string{}
	for k := from; k < to; k++ {
		names = append(names, name(k))
	}
	out := map[string]any{key: names}
	if to < n {
		out["nextToken"] = strconv.Itoa(to)
	}
	raw, _ := json.Marshal(out)
	return string(raw)
}

func each(key string, refs []string, one func(string) string) string {
	var all []string
	for _, ref := range refs {
		all = append(all, one(last(ref)))
	}
	return `{"` + key + `":[` + strings.Join(all, ",") + `],"failures":[]}`
}

func last(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

func task(cluster string, i int) string {
	return where + "task/" + cluster + "/" + fmt.Sprintf("%032x", i)
}

func number(name string) int {
	i, _ := strconv.Atoi(strings.TrimPrefix(name, "fam-"))
	return i
}

func (s *server) service(name string) string {
	i := number(name)
	var groups []string
	for _, g := range s.groups(i) {
		groups = append(groups, `"`+group(g)+`"`)
	}
	network := `{"awsvpcConfiguration":{"subnets":["subnet-0000000000000000a"],"securityGroups":[` + strings.Join(groups, ",") + `],"assignPublicIp":"DISABLED"}}`
	definition := where + "task-definition/" + name + ":" + strconv.Itoa(s.revision(i))
	cluster := "c" + strconv.Itoa(i%clusters)
	return fmt.Sprintf(`{"serviceArn":"%sservice/%s/%s","serviceName":%q,"clusterArn":"%scluster/%s","status":"ACTIVE","desiredCount":%d,"runningCount":%d,`+
		`"launchType":"FARGATE","taskDefinition":%q,"networkConfiguration":%s,"deployments":[{"id":"ecs-svc/1","status":"PRIMARY","desiredCount":%d,"runningCount":%d,"taskDefinition":%q,"networkConfiguration":%s}],`+
		`"events":[%s]}`, where, cluster, name, name, where, cluster, s.desired(i), s.desired(i), definition, network, s.desired(i), s.desired(i), definition, network, steady(name))
}

// steady are the last messages of a service, of which ECS sends up to a hundred.
func steady(name string) string {
	var all []string
	for k := range 10 {
		all = append(all, fmt.Sprintf(`{"id":"0f9f3b1c-0000-4000-8000-%012d","createdAt":1.7e9,"message":"(service %s) has reached a steady state."}`, k, name))
	}
	return strings.Join(all, ",")
}

func (s *server) task(id string) string {
	n, _ := strconv.ParseInt(id, 16, 64)
	i := int(n)
	cluster := "c" + strconv.Itoa(i%clusters)
	return fmt.Sprintf(`{"taskArn":%q,"clusterArn":"%scluster/%s","taskDefinitionArn":"%stask-definition/%s:%d","group":"service:%s","lastStatus":"RUNNING","desiredStatus":"RUNNING",`+
		`"attachments":[{"id":"a","type":"ElasticNetworkInterface","status":"ATTACHED","details":[{"name":"subnetId","value":"subnet-0000000000000000a"},{"name":"networkInterfaceId","value":%q}]}],`+
		`"containers":[{"name":"app","lastStatus":"RUNNING"},{"name":"log_router","lastStatus":"RUNNING"}]}`, task(cluster, i), where, cluster, where, family(i), s.revision(i), family(i), eni(i))
}

func (s *server) definition(revision string) string {
	name, no, _ := strings.Cut(revision, ":")
	condition := "START"
	if s.wrong(number(name)) {
		condition = "SUCCESS"
	}
	router := fmt.Sprintf(`{"name":"%s_router","image":"public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16","essential":true,"memoryReservation":100,"user":"0","environment":[],`+
		`"firelensConfiguration":{"type":"fluentbit","options":{"enable-ecs-log-metadata":"true"}},`+
		`"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/ecs/%s","awslogs-region":"eu-central-1","awslogs-stream-prefix":"router"}}}`, name, name)
	app := fmt.Sprintf(`{"name":"app","image":"123456789012.dkr.ecr.eu-central-1.amazonaws.com/%s:1.%s","essential":true,"portMappings":[{"containerPort":8080,"hostPort":8080,"protocol":"tcp"}],`+
		`"environment":[%s],"dependsOn":[{"containerName":"%s_router","condition":%q}],"logConfiguration":{"logDriver":"awsfirelens","options":{"Name":"cloudwatch_logs","region":"eu-central-1",`+
		`"log_group_name":"/app/%s","log_stream_prefix":"app-","auto_create_group":"true","retry_limit":"2"}}}`, name, no, variables(), name, condition, name)
	return fmt.Sprintf(`{"taskDefinitionArn":"%stask-definition/%s","family":%q,"revision":%s,"status":"ACTIVE","networkMode":"awsvpc","cpu":"256","memory":"512","requiresCompatibilities":["FARGATE"],`+
		`"taskRoleArn":"arn:aws:iam::123456789012:role/%s","executionRoleArn":"arn:aws:iam::123456789012:role/execution","volumes":[],"containerDefinitions":[%s,%s]}`,
		where, revision, name, no, name, router, app)
}

func variables() string {
	var all []string
	for k := range 20 {
		all = append(all, fmt.Sprintf(`{"name":"SETTING_%d","value":"some value of an application, number %d"}`, k, k))
	}
	return strings.Join(all, ",")
}

func form(body []byte) url.Values {
	values, _ := url.ParseQuery(string(body))
	return values
}

// filters are the values of a call's filters, by name.
func filters(in url.Values) map[string][]string {
	found := map[string][]string{}
	for f := 1; in.Has(fmt.Sprintf("Filter.%d.Name", f)); f++ {
		for v := 1; in.Has(fmt.Sprintf("Filter.%d.Value.%d", f, v)); v++ {
			name := in.Get(fmt.Sprintf("Filter.%d.Name", f))
			found[name] = append(found[name], in.Get(fmt.Sprintf("Filter.%d.Value.%d", f, v)))
		}
	}
	return found
}

func (s *server) ec2(op string, body []byte) string {
	in := form(body)
	by := filters(in)
	switch op {
	case "DescribeSubnets":
		return set(op, "subnetSet", in, by["subnet-id"], func(id string) []string {
			return []string{"<subnetId>" + id + "</subnetId><vpcId>vpc-0000000000000000a</vpcId>"}
		})
	case "DescribeSecurityGroups":
		ids := by["group-id"]
		switch {
		case in.Has("GroupId.1"):
			ids = []string{in.Get("GroupId.1")}
		case len(ids) == 0: // by the VPC and the name
			ids = []string{standardGroup}
		}
		return set(op, "securityGroupInfo", in, ids, func(id string) []string {
			return []string{"<ownerId>123456789012</ownerId><groupId>" + id + "</groupId><groupName>" + nameOf(id) + "</groupName><groupDescription>of a service</groupDescription><vpcId>vpc-0000000000000000a</vpcId>"}
		})
	case "DescribeSecurityGroupRules":
		return set(op, "securityGroupRuleSet", in, by["group-id"], s.rules)
	case "AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules":
		s.edit(in.Get("GroupId"))
		return `<?xml version="1.0" encoding="UTF-8"?><` + op + `Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><return>true</return></` + op + `Response>`
	default:
		if ids := by["network-interface-id"]; len(ids) > 0 {
			return set(op, "networkInterfaceSet", in, ids, func(id string) []string { return []string{s.interfaceOf(id)} })
		}
		return set(op, "networkInterfaceSet", in, by["group-id"], s.interfacesBehind)
	}
}

func nameOf(group string) string {
	if group == standardGroup {
		return "default"
	}
	return group
}

// set is an answer of EC2, a thousand items at most.
func set(op, of string, in url.Values, ids []string, items func(string) []string) string {
	var all []string
	for _, id := range ids {
		all = append(all, items(id)...)
	}
	from, _ := strconv.Atoi(in.Get("NextToken"))
	to, next := min(from+1000, len(all)), ""
	if to < len(all) {
		next = "<nextToken>" + strconv.Itoa(to) + "</nextToken>"
	}
	var b strings.Builder
	for _, item := range all[from:to] {
		b.WriteString("<item>" + item + "</item>")
	}
	return `<?xml version="1.0" encoding="UTF-8"?><` + op + `Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><` + of + `>` + b.String() + `</` + of + `>` + next + `</` + op + `Response>`
}

func ordinal(id string) int {
	n, _ := strconv.ParseInt(id[strings.Index(id, "-")+1:], 16, 64)
	return int(n) - 1
}

func (s *server) rules(id string) []string {
	rule := func(k int, egress bool, from, to int) string {
		return fmt.Sprintf("<securityGroupRuleId>sgr-%s%d</securityGroupRuleId><groupId>%s</groupId><groupOwnerId>123456789012</groupOwnerId><isEgress>%t</isEgress>"+
			"<ipProtocol>tcp</ipProtocol><fromPort>%d</fromPort><toPort>%d</toPort><cidrIpv4>10.0.0.0/8</cidrIpv4>", id[3:19], k, id, egress, from, to)
	}
	all := []string{rule(1, false, 443, 443), rule(3, true, 1, 65535)}
	if id == standardGroup || !s.open(ordinal(id)) {
		return append(all, rule(2, false, 8080, 8080))
	}
	switch s.editsOf(id) {
	case 0:
		return append(all, rule(2, false, 24000, 25000))
	case 1:
		return append(all, rule(2, false, 24000, 25000), rule(4, false, 24225, 25000))
	default:
		return append(all, rule(2, false, 24000, 24223), rule(4, false, 24225, 25000))
	}
}

// edit is a change of an open group's entries: its upper half is authorized, then it is narrowed.
func (s *server) edit(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.edits[id]++
}

func (s *server) editsOf(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.edits[id]
}

func (s *server) interfaceOf(id string) string {
	var groups []string
	for _, g := range s.groups(ordinal(id)) {
		groups = append(groups, group(g))
	}
	if len(groups) == 0 {
		groups = []string{standardGroup}
	}
	return "<networkInterfaceId>" + id + "</networkInterfaceId><description>" + where + "attachment/1</description><interfaceType>interface</interfaceType><status>in-use</status><groupSet><item><groupId>" +
		strings.Join(groups, "</groupId></item><item><groupId>") + "</groupId></item></groupSet>"
}

func (s *server) interfacesBehind(id string) []string {
	services := s.byDefault
	if id != standardGroup {
		services = s.behind[ordinal(id)]
	}
	var all []string
	for _, i := range services {
		if s.desired(i) > 0 {
			all = append(all, s.interfaceOf(eni(i)))
		}
	}
	return all
}
