package ecsfake

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Reserve puts a tag with a reserved key ("aws:…") on the family's latest revision, as CloudFormation does: no caller can.
func (c *Cloud) Reserve(family, key, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if all := c.families[family]; len(all) > 0 {
		latest := all[len(all)-1]
		latest.tags = append(latest.tags, types.Tag{Key: &key, Value: &value})
	}
}

// Renumber gives the family's latest revision a higher number, as if there had been that many before it.
func (c *Cloud) Renumber(family string, number int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if all := c.families[family]; len(all) > 0 && number > c.latestNumber(family) {
		latest, name := all[len(all)-1], arn("task-definition", family+":"+strconv.Itoa(int(number)))
		latest.task.Revision, latest.task.TaskDefinitionArn = number, &name
	}
}

func (c *Cloud) latestNumber(family string) int32 {
	all := c.families[family]
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].task.Revision
}
