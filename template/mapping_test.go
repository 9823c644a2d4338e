package template

import "slices"

// feeds are which queue goes to which function.
var feeds = map[string]string{"AuditQueue": "AuditFunction", "SweepQueue": "AuditFunction", "RemediateQueue": "RemediateFunction"}

func queuesFeedFunctions(d document) (c complaints) {
	fed := map[string]string{}
	for _, m := range d.of(mappingType) {
		fed[owner(m["EventSourceArn"])] = points(m["FunctionName"])
	}
	for _, queue := range sorted(feeds) {
		if fed[queue] != feeds[queue] {
			c.add("%s feeds %q, not %s", queue, fed[queue], feeds[queue])
		}
	}
	return c
}

func visibilityOutlastsRetries(d document) (c complaints) {
	mappings := d.of(mappingType)
	for _, id := range sorted(mappings) {
		m := mappings[id]
		timeout := number(d.props(points(m["FunctionName"]))["Timeout"])
		least := 6*timeout + max(0, number(m["MaximumBatchingWindowInSeconds"]))
		if v := number(d.props(owner(m["EventSourceArn"]))["VisibilityTimeout"]); timeout < 1 || v < least {
			c.add("%s: messages are visible again after %v s, and a batch may take %v s", id, v, least)
		}
	}
	return c
}

func queuesRedrive(d document) (c complaints) {
	for _, queue := range sorted(feeds) {
		redrive := d.props(queue)["RedrivePolicy"]
		if d.kind(owner(at(redrive, "deadLetterTargetArn"))) != queueType {
			c.add("%s has no dead-letter queue", queue)
		}
		if n := number(at(redrive, "maxReceiveCount")); n < 5 {
			c.add("%s gives up after %v receives", queue, n)
		}
	}
	return c
}

// eachMapping complains about the mappings for which ok does not hold.
func (d document) eachMapping(complaint string, ok func(mapping node) bool) (c complaints) {
	mappings := d.of(mappingType)
	for _, id := range sorted(mappings) {
		if !ok(mappings[id]) {
			c.add("%s: %s", id, complaint)
		}
	}
	return c
}

func mappingsReportFailures(d document) complaints {
	return d.eachMapping("one failing message fails its whole batch", func(m node) bool {
		return slices.Contains(texts(m["FunctionResponseTypes"]), "ReportBatchItemFailures")
	})
}

func mappingsHaveWindows(d document) complaints {
	return d.eachMapping("no second to coalesce events in", func(m node) bool {
		return number(m["MaximumBatchingWindowInSeconds"]) >= 1
	})
}

// mappingsLimitConcurrency: AWS's least is 2, and more than 10 would outrun the APIs' rates by far.
func mappingsLimitConcurrency(d document) complaints {
	return d.eachMapping("concurrency is not limited to between 2 and 10", func(m node) bool {
		n := number(at(m, "ScalingConfig", "MaximumConcurrency"))
		return n >= 2 && n <= 10
	})
}
