package ec2fake_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
)

func TestInterfacesThatServicesMake(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	subnet, err := a.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: &a.vpc})
	a.must(err)
	made, err := a.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: subnet.Subnet.SubnetId})
	a.must(err)
	id := *made.NetworkInterface.NetworkInterfaceId
	if g := made.NetworkInterface.Groups; len(g) != 1 || *g[0].GroupName != "default" {
		t.Errorf("without groups an interface has %+v", g)
	}
	a.Change(id, func(i *types.NetworkInterface) {
		i.RequesterManaged, i.Attachment = aws.Bool(true), &types.NetworkInterfaceAttachment{InstanceId: aws.String("i-1")}
	})
	out, err := a.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{
		Filters: []types.Filter{{Name: aws.String("attachment.instance-id"), Values: []string{"i-1"}}},
	})
	a.must(err)
	if len(out.NetworkInterfaces) != 1 || !*out.NetworkInterfaces[0].RequesterManaged {
		t.Errorf("found %+v", out.NetworkInterfaces)
	}
}

func TestFiltersTheFakeDoesNotKnow(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	for name, values := range map[string][]string{"no-such-filter": {"x"}, "vpc-id": nil, "group-name": {"rou*"}} {
		_, err := a.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{{Name: &name, Values: values}}})
		if err == nil {
			t.Errorf("the filter %s %q was accepted", name, values)
		}
	}
}

func TestAGroupsInterfacesAreInItsVPC(t *testing.T) {
	a := newAccount(t, ec2fake.Settings{})
	elsewhere := a.newGroup("elsewhere", "")
	subnet, err := a.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: &a.vpc})
	a.must(err)
	_, err = a.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: subnet.Subnet.SubnetId, Groups: []string{elsewhere}})
	if code(err) != "InvalidGroup.NotFound" {
		t.Errorf("a group of another VPC is answered with %v", err)
	}
}
