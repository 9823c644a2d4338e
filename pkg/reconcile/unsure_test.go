package reconcile_test

import (
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestWhatIsNotSureIsNotResolved: behind more instances than are asked, in an account too large to be listed, one task in host mode takes
// another one's place, and no event tells of it.
func TestWhatIsNotSureIsNotResolved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud(t)
		g := c.group("web")
		c.awsvpcService("web", g)
		for range 51 {
			c.host(g)
		}
		node := c.register(firelens("node", ecstypes.NetworkModeHost))
		c.instance(node, g)
		c.indexed()
		c.open(g, tcp(24224, 24224, "10.0.0.0/8", ""))
		c.handle(opened(g))
		blocked := []string{"FL101 security-group/" + g + " blocked", "FL102 security-group/" + g + " blocked"}
		want(t, "wrong", c.wrong(), blocked)
		tasks, err := c.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: aws.String("prod")})
		if err != nil {
			t.Fatal(err)
		}
		for _, arn := range tasks.TaskArns {
			if _, err := c.ecs.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: aws.String("prod"), Task: &arn}); err != nil {
				t.Fatal(err)
			}
		}
		c.instance(node, g)
		c.handle(opened(g))
		want(t, "wrong after it", c.wrong(), blocked)
	})
}
