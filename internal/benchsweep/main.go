// Command benchsweep sweeps a made-up account twice and says what that cost: calls, time and memory. `make bench-sweep N=…` runs it.
//
// The account is a server of its own process on the loopback address, which answers as ECS and EC2 do and keeps the ledger, so that
// what is measured here is a sweep's worker alone. docs/sweep.md has the figures.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	var o options
	flag.IntVar(&o.n, "n", 1000, "families, each with a service")
	flag.DurationVar(&o.latency, "latency", 20*time.Millisecond, "how long each call takes")
	flag.BoolVar(&o.throttle, "throttle", false, "throttle at AWS's documented rates, and keep the pace below them")
	flag.BoolVar(&o.bare, "bare", false, "make the same reads in a bare loop too")
	serving := flag.Bool("serve", false, "be the server")
	flag.Parse()
	run := o.run
	if *serving {
		run = o.serve
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "benchsweep:", err)
		os.Exit(1)
	}
}

type options struct {
	n              int
	latency        time.Duration
	throttle, bare bool
}

func (o options) serve() error {
	s := &server{account: newAccount(o.n), latency: o.latency, counts: map[string]int{}, edits: map[string]int{}}
	if o.throttle {
		s.buckets = newBuckets()
	}
	return serve(s)
}

func (o options) run() error {
	address, stop, err := o.server()
	if err != nil {
		return err
	}
	defer stop()
	a := newAccount(o.n)
	bound, inUse := a.bound()
	least := sum(bound)
	fmt.Printf("%d families with %d revisions, %d calls at least, %d revisions in use\n", o.n, o.n*revisionsAFamily, least, inUse)
	b := newBench(address, o)
	first, err := b.sweep("first sweep")
	if err != nil {
		return err
	}
	first.print(bound, least+inUse)
	second, err := b.sweep("second sweep")
	if err != nil {
		return err
	}
	second.print(bound, least)
	if o.bare && !o.throttle { // it keeps no pace
		if err := b.bare(first); err != nil {
			return err
		}
	}
	return first.judge(second, least, inUse)
}

// server starts the server and returns its address.
func (o options) server() (string, func(), error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(context.Background(), self, "-serve", fmt.Sprintf("-n=%d", o.n), fmt.Sprintf("-latency=%s", o.latency), fmt.Sprintf("-throttle=%t", o.throttle))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop := func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	line, err := bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(line), stop, err
}

func (b *bench) stats() (s statistics, err error) {
	answered, err := http.Get("http://" + b.address + "/stats") //nolint:noctx // the server is this program's own
	if err != nil {
		return s, err
	}
	defer answered.Body.Close()
	return s, json.NewDecoder(answered.Body).Decode(&s)
}

func sum(calls map[string]int) int {
	n := 0
	for _, c := range calls {
		n += c
	}
	return n
}
