package ecsfake

import (
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Adopt makes a subnet and a group known that another fake of EC2 made, by their ids there, so that services and tasks can
// name them.
func (n *Network) Adopt(vpc, subnet, group, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	owner := Account
	if n.vpc(subnet) == "" {
		n.subnets = append(n.subnets, types.Subnet{SubnetId: &subnet, VpcId: &vpc})
	}
	n.groups = append(n.groups, types.SecurityGroup{GroupId: &group, GroupName: &name, VpcId: &vpc, OwnerId: &owner})
}
