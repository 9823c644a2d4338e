package ecsfake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func wanted(t *types.Task) bool { return str(t.DesiredStatus) == "RUNNING" }

// RunTask starts tasks of a definition, at most 10 a call. In awsvpc mode each has an interface of its own.
func (c *Cloud) RunTask(ctx context.Context, in *ecs.RunTaskInput, _ ...func(*ecs.Options)) (*ecs.RunTaskOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.RunTaskInput) (*ecs.RunTaskOutput, error) {
		k, err := c.cluster(in.Cluster)
		if err != nil {
			return nil, err
		}
		r, err := c.runs(in.TaskDefinition, in.NetworkConfiguration, nil, nil)
		if err != nil {
			return nil, err
		}
		count := max(num(in.Count), 1)
		if count > 10 {
			return nil, invalid("Count can be at most 10.")
		}
		group := nameOr(in.Group, "family:"+str(r.task.Family))
		out := &ecs.RunTaskOutput{}
		for range count {
			t := c.start(k, *r.task.TaskDefinitionArn, in.NetworkConfiguration)
			t.Group, t.StartedBy, t.LaunchType = &group, in.StartedBy, in.LaunchType
			c.place(k, t)
			out.Tasks = append(out.Tasks, *t)
		}
		return out, nil
	})
}

// StopTask stops a task; its interface is gone.
func (c *Cloud) StopTask(ctx context.Context, in *ecs.StopTaskInput, _ ...func(*ecs.Options)) (*ecs.StopTaskOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.StopTaskInput) (*ecs.StopTaskOutput, error) {
		k, err := c.cluster(in.Cluster)
		if err != nil {
			return nil, err
		}
		id := last(str(in.Task))
		for _, t := range k.tasks {
			if last(*t.TaskArn) == id {
				c.stopWhere(k, func(other *types.Task) bool { return other == t })
				return &ecs.StopTaskOutput{Task: t}, nil
			}
		}
		return nil, invalid("The referenced task was not found.")
	})
}

// ListTasks lists the tasks of a cluster that shall run, or those with another desired status: at most 100 a page.
func (c *Cloud) ListTasks(ctx context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.ListTasksInput) (*ecs.ListTasksOutput, error) {
		k, err := c.cluster(in.Cluster)
		if err != nil {
			return nil, err
		}
		status := in.DesiredStatus
		if status == "" {
			status = types.DesiredStatusRunning
		}
		var all []string
		for _, t := range k.tasks {
			family := in.Family == nil || strings.HasPrefix(last(str(t.TaskDefinitionArn)), *in.Family+":")
			service := in.ServiceName == nil || str(t.Group) == "service:"+*in.ServiceName
			host := in.ContainerInstance == nil || last(str(t.ContainerInstanceArn)) == last(*in.ContainerInstance)
			if str(t.DesiredStatus) == string(status) && family && service && host {
				all = append(all, *t.TaskArn)
			}
		}
		some, next, err := page(all, in.MaxResults, in.NextToken)
		return &ecs.ListTasksOutput{TaskArns: some, NextToken: next}, err
	})
}

// DescribeTasks answers at most 100 tasks; those that do not exist are failures, not errors.
func (c *Cloud) DescribeTasks(ctx context.Context, in *ecs.DescribeTasksInput, _ ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.DescribeTasksInput) (*ecs.DescribeTasksOutput, error) {
		k, err := c.cluster(in.Cluster)
		switch {
		case err != nil:
			return nil, err
		case len(in.Tasks) == 0:
			return nil, invalid("Tasks cannot be empty.")
		case len(in.Tasks) > 100:
			return nil, invalid("Tasks cannot have more than 100 elements.")
		}
		out := &ecs.DescribeTasksOutput{}
		for _, ref := range in.Tasks {
			i := slices.IndexFunc(k.tasks, func(t *types.Task) bool { return last(*t.TaskArn) == last(ref) })
			if i < 0 {
				missing, reason := arn("task", k.name+"/"+last(ref)), "MISSING"
				out.Failures = append(out.Failures, types.Failure{Arn: &missing, Reason: &reason})
				continue
			}
			out.Tasks = append(out.Tasks, *k.tasks[i])
		}
		return out, nil
	})
}

// start makes a running task. The lock is held.
func (c *Cloud) start(k *cluster, definition string, n *types.NetworkConfiguration) *types.Task {
	id := fmt.Sprintf("%032x", c.next())
	name, cluster, running := arn("task", k.name+"/"+id), k.arn(), "RUNNING"
	t := &types.Task{
		TaskArn: &name, ClusterArn: &cluster, TaskDefinitionArn: &definition, DesiredStatus: &running, LastStatus: &running,
	}
	if n != nil && n.AwsvpcConfiguration != nil {
		subnet := n.AwsvpcConfiguration.Subnets[0]
		eni := c.Network.attach(subnet, n.AwsvpcConfiguration.SecurityGroups, arn("attachment", fmt.Sprintf("%032x", c.next())))
		t.Attachments = []types.Attachment{attachment(eni, subnet)}
	}
	t.Containers = c.containers(definition)
	k.tasks = append(k.tasks, t)
	return t
}

func attachment(eni, subnet string) types.Attachment {
	kind, status := "ElasticNetworkInterface", "ATTACHED"
	pair := func(name, value string) types.KeyValuePair { return types.KeyValuePair{Name: &name, Value: &value} }
	return types.Attachment{Type: &kind, Status: &status, Details: []types.KeyValuePair{
		pair("subnetId", subnet), pair("networkInterfaceId", eni),
	}}
}

// scale starts the tasks of a deployment: as many as it wants, or one on each instance.
func (c *Cloud) scale(k *cluster, s *types.Service, d types.Deployment) {
	group, count := "service:"+*s.ServiceName, int(d.DesiredCount)
	if s.SchedulingStrategy == types.SchedulingStrategyDaemon {
		count = len(k.instances)
	}
	for range count {
		t := c.start(k, *d.TaskDefinition, d.NetworkConfiguration)
		t.Group, t.StartedBy, t.LaunchType = &group, d.Id, d.LaunchType
		c.place(k, t)
	}
}

// rescale gives the PRIMARY deployment as many tasks as the service wants.
func (c *Cloud) rescale(k *cluster, s *types.Service) {
	if len(s.Deployments) == 0 {
		return
	}
	d := &s.Deployments[0]
	c.stopWhere(k, func(t *types.Task) bool { return str(t.StartedBy) == *d.Id })
	d.DesiredCount, d.RunningCount = s.DesiredCount, s.DesiredCount
	c.scale(k, s, *d)
}

func (c *Cloud) stopWhere(k *cluster, chosen func(*types.Task) bool) {
	stopped := "STOPPED"
	for _, t := range k.tasks {
		if !wanted(t) || !chosen(t) {
			continue
		}
		t.DesiredStatus, t.LastStatus = &stopped, &stopped
		for _, a := range t.Attachments {
			for _, d := range a.Details {
				c.Network.detach(str(d.Value))
			}
		}
	}
}
