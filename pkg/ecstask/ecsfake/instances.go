package ecsfake

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// RegisterContainerInstance makes an instance of EC2 ([Network.AddInstance]), or one outside ("mi-…"), part of a cluster, as its
// agent does. The identity document is {"instanceId": "i-…"}; nobody signs it here.
func (c *Cloud) RegisterContainerInstance(ctx context.Context, in *ecs.RegisterContainerInstanceInput, _ ...func(*ecs.Options)) (*ecs.RegisterContainerInstanceOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.RegisterContainerInstanceInput) (*ecs.RegisterContainerInstanceOutput, error) {
		k, err := c.cluster(in.Cluster)
		if err != nil {
			return nil, err
		}
		var identity struct{ InstanceID string }
		if err := json.Unmarshal([]byte(str(in.InstanceIdentityDocument)), &identity); err != nil {
			return nil, client("The instance identity document is malformed.")
		}
		if !strings.HasPrefix(identity.InstanceID, "mi-") && !c.Network.hasInstance(identity.InstanceID) {
			return nil, client("The instance identity document is not valid.")
		}
		name, status := arn("container-instance", k.name+"/"+fmt.Sprintf("%032x", c.next())), "ACTIVE"
		i := &types.ContainerInstance{ContainerInstanceArn: &name, Ec2InstanceId: &identity.InstanceID, Status: &status, AgentConnected: true}
		k.instances = append(k.instances, i)
		return &ecs.RegisterContainerInstanceOutput{ContainerInstance: i}, nil
	})
}

// DeregisterContainerInstance takes an instance out of its cluster; one that still runs tasks only by force, which stops them.
func (c *Cloud) DeregisterContainerInstance(ctx context.Context, in *ecs.DeregisterContainerInstanceInput, _ ...func(*ecs.Options)) (*ecs.DeregisterContainerInstanceOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.DeregisterContainerInstanceInput) (*ecs.DeregisterContainerInstanceOutput, error) {
		k, err := c.cluster(in.Cluster)
		if err != nil {
			return nil, err
		}
		i := k.instance(str(in.ContainerInstance))
		if i == nil {
			return nil, invalid("Referenced container instance %s not found.", last(str(in.ContainerInstance)))
		}
		on := func(t *types.Task) bool { return wanted(t) && str(t.ContainerInstanceArn) == *i.ContainerInstanceArn }
		if slices.ContainsFunc(k.tasks, on) && (in.Force == nil || !*in.Force) {
			return nil, invalid("Found running tasks on the instance.")
		}
		c.stopWhere(k, on)
		k.instances = slices.DeleteFunc(k.instances, func(other *types.ContainerInstance) bool { return other == i })
		status := "INACTIVE"
		i.Status = &status
		return &ecs.DeregisterContainerInstanceOutput{ContainerInstance: i}, nil
	})
}

// instanceFilter is the one form of a filter in the cluster query language that is known here.
var instanceFilter = regexp.MustCompile(`^ec2InstanceId in \['([a-z0-9', -]+)'\]$`)

// ListContainerInstances lists the instances of a cluster, or those of them that a filter names: at most 100 a page.
func (c *Cloud) ListContainerInstances(ctx context.Context, in *ecs.ListContainerInstancesInput, _ ...func(*ecs.Options)) (*ecs.ListContainerInstancesOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.ListContainerInstancesInput) (*ecs.ListContainerInstancesOutput, error) {
		k, err := c.cluster(in.Cluster)
		if err != nil {
			return nil, err
		}
		named := instanceFilter.FindStringSubmatch(str(in.Filter))
		if in.Filter != nil && named == nil {
			return nil, invalid("Invalid filter expression.")
		}
		var all []string
		for _, i := range k.instances {
			if in.Filter == nil || slices.Contains(strings.Split(named[1], "', '"), *i.Ec2InstanceId) {
				all = append(all, *i.ContainerInstanceArn)
			}
		}
		some, next, err := page(all, in.MaxResults, in.NextToken)
		return &ecs.ListContainerInstancesOutput{ContainerInstanceArns: some, NextToken: next}, err
	})
}

// DescribeContainerInstances answers at most 100 instances; those that do not exist are failures, not errors.
func (c *Cloud) DescribeContainerInstances(ctx context.Context, in *ecs.DescribeContainerInstancesInput, _ ...func(*ecs.Options)) (*ecs.DescribeContainerInstancesOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.DescribeContainerInstancesInput) (*ecs.DescribeContainerInstancesOutput, error) {
		k, err := c.cluster(in.Cluster)
		switch {
		case err != nil:
			return nil, err
		case len(in.ContainerInstances) == 0:
			return nil, invalid("Container instances cannot be empty.")
		case len(in.ContainerInstances) > 100:
			return nil, invalid("Container instances cannot have more than 100 elements.")
		}
		out := &ecs.DescribeContainerInstancesOutput{}
		for _, ref := range in.ContainerInstances {
			if i := k.instance(ref); i != nil {
				out.ContainerInstances = append(out.ContainerInstances, *i)
				continue
			}
			out.Failures = append(out.Failures, k.missing("container-instance", ref))
		}
		return out, nil
	})
}

// StartTask starts a task on each of at most 10 instances.
func (c *Cloud) StartTask(ctx context.Context, in *ecs.StartTaskInput, _ ...func(*ecs.Options)) (*ecs.StartTaskOutput, error) {
	return call(ctx, c.recorder, in, func(in *ecs.StartTaskInput) (*ecs.StartTaskOutput, error) {
		k, err := c.cluster(in.Cluster)
		switch {
		case err != nil:
			return nil, err
		case len(in.ContainerInstances) == 0:
			return nil, invalid("Container instances cannot be empty.")
		case len(in.ContainerInstances) > 10:
			return nil, invalid("Container instances cannot have more than 10 elements.")
		}
		r, err := c.runs(in.TaskDefinition, in.NetworkConfiguration, nil, nil)
		if err != nil {
			return nil, err
		}
		group, out := nameOr(in.Group, "family:"+str(r.task.Family)), &ecs.StartTaskOutput{}
		for _, ref := range in.ContainerInstances {
			i := k.instance(ref)
			if i == nil {
				out.Failures = append(out.Failures, k.missing("container-instance", ref))
				continue
			}
			t := c.start(k, *r.task.TaskDefinitionArn, in.NetworkConfiguration)
			t.Group, t.StartedBy, t.LaunchType = &group, in.StartedBy, types.LaunchTypeEc2
			c.settle(t, i)
			out.Tasks = append(out.Tasks, *t)
		}
		return out, nil
	})
}

// place puts a task, unless it is Fargate's, on the instance with the fewest of its group. The lock is held.
func (c *Cloud) place(k *cluster, t *types.Task) {
	if t.LaunchType == types.LaunchTypeFargate || len(k.instances) == 0 {
		return
	}
	load := func(i *types.ContainerInstance) (n int) {
		for _, other := range k.tasks {
			if wanted(other) && str(other.Group) == str(t.Group) && str(other.ContainerInstanceArn) == *i.ContainerInstanceArn {
				n++
			}
		}
		return n
	}
	c.settle(t, slices.MinFunc(k.instances, func(a, b *types.ContainerInstance) int { return load(a) - load(b) }))
}

// settle puts a task on an instance: an interface of its own is then attached there.
func (c *Cloud) settle(t *types.Task, i *types.ContainerInstance) {
	t.ContainerInstanceArn = i.ContainerInstanceArn
	for _, a := range t.Attachments {
		for _, d := range a.Details {
			if str(d.Name) == "networkInterfaceId" {
				c.Network.hang(str(d.Value), *i.Ec2InstanceId)
			}
		}
	}
}

// containers are the containers of a task, with what bridge mode publishes: a mapping without a host port gets an ephemeral one.
func (c *Cloud) containers(definition string) []types.Container {
	r, err := c.usable(definition)
	if err != nil {
		return nil
	}
	var all []types.Container
	for _, d := range r.task.ContainerDefinitions {
		one := types.Container{Name: d.Name}
		for _, m := range d.PortMappings {
			if r.task.NetworkMode != "" && r.task.NetworkMode != types.NetworkModeBridge {
				break
			}
			b := types.NetworkBinding{ContainerPort: m.ContainerPort, ContainerPortRange: m.ContainerPortRange, HostPort: m.HostPort, Protocol: protocol(m)}
			switch {
			case m.ContainerPortRange != nil:
				b.HostPortRange = m.ContainerPortRange
			case num(m.HostPort) == 0:
				port := int32(32768 + c.next()%28000)
				b.HostPort = &port
			}
			one.NetworkBindings = append(one.NetworkBindings, b)
		}
		all = append(all, one)
	}
	return all
}

func (k *cluster) instance(ref string) *types.ContainerInstance {
	for _, i := range k.instances {
		if last(*i.ContainerInstanceArn) == last(ref) {
			return i
		}
	}
	return nil
}

func (k *cluster) missing(kind, ref string) types.Failure {
	name, reason := arn(kind, k.name+"/"+last(ref)), "MISSING"
	return types.Failure{Arn: &name, Reason: &reason}
}

func (n *Network) hasInstance(id string) bool {
	for _, i := range n.interfaces {
		if i.Attachment != nil && str(i.Attachment.InstanceId) == id {
			return true
		}
	}
	return false
}
