package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// The memory that FL503 gives where the policy is silent, and the least that Docker takes (API model, ContainerDefinition: "The
// Docker 20.10.0 or later daemon reserves a minimum of 6 MiB of memory for a container"), in MiB.
const (
	usualReservation = 100
	leastReservation = 6
)

// reservation is what FL503 gives a router, in MiB.
func (p Params) reservation() int32 {
	if p.MemoryReservation <= 0 {
		return usualReservation
	}
	return max(p.MemoryReservation, leastReservation)
}

// reserved is what ECS reserves for a container, in MiB: memoryReservation, else memory, else nothing.
func reserved(c *types.ContainerDefinition) int32 {
	switch {
	case c.MemoryReservation != nil && *c.MemoryReservation > 0:
		return *c.MemoryReservation
	case c.Memory != nil && *c.Memory > 0:
		return *c.Memory
	}
	return 0
}

// perhapsOnFargate says whether a definition that names no compatibility has all that Fargate asks for: the task's own network,
// processors and memory.
func (d Definition) perhapsOnFargate() bool {
	return len(d.Task.RequiresCompatibilities) == 0 && d.NetworkMode() == types.NetworkModeAwsvpc && d.Task.Cpu != nil && d.Task.Memory != nil
}

// onInstances says whether a definition is for EC2 or external instances, where a container's memory is what it is scheduled
// by. One that names no compatibility is taken for EC2, as its absent network mode is taken for bridge.
func (d Definition) onInstances() bool {
	on := d.Task.RequiresCompatibilities
	return len(on) == 0 || slices.Contains(on, types.CompatibilityEc2) || slices.Contains(on, types.CompatibilityExternal)
}

// taskMemory reads a definition's memory, in MiB: "512", "1GB", "0.5 gb". It is false for anything else, and where it is absent.
func taskMemory(s string) (int64, bool) {
	number, gigabytes := strings.CutSuffix(strings.ToUpper(strings.TrimSpace(s)), "GB")
	f, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(f > 0 && f < 1e9) {
		return 0, false
	}
	if gigabytes {
		f *= 1024
	}
	return int64(f), true
}
