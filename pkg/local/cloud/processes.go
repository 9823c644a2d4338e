package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
)

// Direct is the configuration of a client past the proxy: its calls make no record and are in no log. A test sets its stage with
// it, or changes something that no event tells of.
func (c *Cloud) Direct() aws.Config { return c.direct }

// Properties are a resource's in the translated template, intrinsics unresolved.
func (c *Cloud) Properties(logical string) map[string]any { return c.doc.properties(logical) }

// InvokeAtOnce gives every process of a function the same SQS batch at the same moment, past its queue, and returns their answers.
// There is more than one process with Options.Concurrent only.
func (c *Cloud) InvokeAtOnce(ctx context.Context, function string, in events.SQSEvent) ([]events.SQSEventResponse, error) {
	payload, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("writing the batch: %w", err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var answers []events.SQSEventResponse
	for i, p := range c.pollers {
		if p.function != function {
			continue
		}
		all.Go(func() {
			var answer events.SQSEventResponse
			body, one := c.hosts[i].Invoke(ctx, payload)
			if one == nil {
				one = json.Unmarshal(body, &answer)
			}
			mu.Lock()
			defer mu.Unlock()
			if answers = append(answers, answer); one != nil {
				err = fmt.Errorf("invoking %s: %w", function, one)
			}
		})
	}
	all.Wait()
	return answers, err
}

// handler is what clients and functions talk to.
func (c *Cloud) handler() http.Handler {
	if c.o.Middleware == nil {
		return c.Trail
	}
	return c.o.Middleware(c.Trail)
}

// processes are the mappings, each as often as it has processes at work.
func (c *Cloud) processes() []mapping {
	var all []mapping
	for _, m := range c.doc.mappings() {
		all = append(all, m)
		for n := 2; c.o.Concurrent && n <= m.concurrent; n++ {
			m.process = strconv.Itoa(n)
			all = append(all, m)
		}
	}
	return all
}

func maximumConcurrency(mapping map[string]any) int {
	scaling, _ := mapping["ScalingConfig"].(map[string]any)
	return number(scaling["MaximumConcurrency"], 1)
}
