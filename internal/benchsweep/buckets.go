package main

import (
	"sync"
	"time"
)

// bucket is one of AWS's token buckets.
type bucket struct {
	holds, refills float64
	has            float64
	at             time.Time
}

func (b *bucket) take(now time.Time) bool {
	b.has = min(b.holds, b.has+b.refills*now.Sub(b.at).Seconds())
	b.at = now
	if b.has < 1 {
		return false
	}
	b.has--
	return true
}

// deployments are calls that other people make beside a sweep, and how many of them AWS refused.
type deployments struct{ Calls, Refused int }

// buckets throttle as AWS documents it: "Request throttling for the Amazon ECS API", "Request throttling for the Amazon EC2 API".
type buckets struct {
	mu   sync.Mutex
	all  map[string]*bucket
	seen deployments
}

// families are the calls by bucket; a call that is not there has its own.
var families = map[string]string{
	"DescribeTaskDefinition": "definitions", "ListTaskDefinitions": "definitions", "ListServices": "services", "DescribeServices": "services",
	"ListTasks": "resources", "DescribeTasks": "resources", "ListClusters": "clusters", "ListEventBuses": "events", "ListRules": "events",
}

// holds are the buckets that hold fewer than 100 tokens; each refills 20 a second.
var holds = map[string]float64{"definitions": 50, "clusters": 50, "events": 50, "ListSchedules": 50}

// newBuckets also begins deployments that make half of the calls which AWS allows.
func newBuckets() *buckets {
	b := &buckets{all: map[string]*bucket{}}
	go func() {
		for range time.Tick(100 * time.Millisecond) {
			for _, op := range []string{"DescribeTaskDefinition", "DescribeServices"} {
				ok := b.take(op)
				b.mu.Lock()
				b.seen.Calls++
				if !ok {
					b.seen.Refused++
				}
				b.mu.Unlock()
			}
		}
	}()
	return b
}

func (b *buckets) take(op string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := op
	if family, ok := families[op]; ok {
		name = family
	}
	if b.all[name] == nil {
		size := holds[name]
		if size == 0 {
			size = 100
		}
		b.all[name] = &bucket{holds: size, refills: 20, has: size, at: time.Now()}
	}
	return b.all[name].take(time.Now())
}

func (b *buckets) deployments() deployments {
	b.mu.Lock()
	defer b.mu.Unlock()
	seen := b.seen
	b.seen = deployments{}
	return seen
}
