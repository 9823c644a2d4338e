package pace

// Bucket is AWS's token bucket of a family of calls, for an account in a Region: its size, and how many calls come back into it a second.
type Bucket struct {
	Name          string
	Burst, Refill int
}

// families are the buckets of the calls that read, by the calls, "service operation" each. ECS: "Request throttling for the Amazon ECS
// API" (developer guide); EC2: "Request throttling for the Amazon EC2 API", where each operation has its own, and filtered or paged
// reads this one.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
// EventBridge allows 50 requests a second of all its operations but PutEvents, its Scheduler, in the Regions where that is least, 50 of
// each ("Quotas for Amazon EventBridge Scheduler").
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/events/cloudwatch_limits_cwe.html
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html
var families = []struct {
	Bucket
	calls []string
}{
	{Bucket{"definition-read", 50, 20}, []string{"ECS DescribeTaskDefinition", "ECS ListTaskDefinitions", "ECS ListTaskDefinitionFamilies"}},
	{Bucket{"service-read", 100, 20}, []string{"ECS DescribeServices", "ECS ListServices"}},
	{Bucket{"cluster-read", 50, 20}, []string{"ECS ListClusters"}},
	{Bucket{"resource-read", 100, 20}, []string{"ECS ListTasks", "ECS DescribeTasks", "ECS ListContainerInstances", "ECS DescribeContainerInstances"}},
	{Bucket{"tag-read", 50, 20}, []string{"ECS ListTagsForResource"}},
	{Bucket{"ec2-groups", 100, 20}, []string{"EC2 DescribeSecurityGroups"}},
	{Bucket{"ec2-rules", 100, 20}, []string{"EC2 DescribeSecurityGroupRules"}},
	{Bucket{"ec2-interfaces", 100, 20}, []string{"EC2 DescribeNetworkInterfaces"}},
	{Bucket{"ec2-subnets", 100, 20}, []string{"EC2 DescribeSubnets"}},
	{Bucket{"eventbridge", 50, 50}, []string{
		"EventBridge ListEventBuses", "EventBridge ListRules", "EventBridge ListRuleNamesByTarget", "EventBridge ListTargetsByRule", "EventBridge DescribeRule",
	}},
	{Bucket{"schedule-list", 50, 50}, []string{"Scheduler ListSchedules"}},
	{Bucket{"schedule-read", 50, 50}, []string{"Scheduler GetSchedule"}},
}

var byCall = func() map[string]Bucket {
	m := map[string]Bucket{}
	for _, f := range families {
		for _, call := range f.calls {
			m[call] = f.Bucket
		}
	}
	return m
}()

// Of is the bucket of a call, by the SDK's ids of service and operation ("ECS", "ListTasks"); false where none is known.
func Of(service, operation string) (Bucket, bool) {
	b, ok := byCall[service+" "+operation]
	return b, ok
}
