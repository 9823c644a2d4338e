package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/firewarden/firewarden/pkg/local/deployments"
	"github.com/firewarden/firewarden/pkg/local/simulation"
)

// Options of a proxy. All but the last three are needed.
type Options struct {
	// Upstream is the emulator's URL.
	Upstream string
	// Region and Account are those of the stack; calls for another Region are passed on and make no record.
	Region, Account string
	// EC2 and Events talk to the emulator directly.
	EC2    RulesAPI
	Events EventsAPI
	// Warn is told what a person should know.
	Warn func(format string, args ...any)
	// ECS talks to the emulator directly, too. With it services have deployments as ECS makes them; without it those of the
	// emulator.
	ECS deployments.API
	// IAM talks to the emulator directly, too. With it roles are simulated; without it they are not.
	IAM simulation.API
	// Settle is how long a deployment takes; 0 means deployments.SettleTime.
	Settle time.Duration
}

// Proxy passes calls on and records them. It is an http.Handler; see New.
type Proxy struct {
	Log
	o        Options
	upstream *url.URL
	http     http.Transport
	ids      identities
	sender   *sender
	rollouts *deployments.Controller // nil without Options.ECS
	stop     context.CancelFunc
	// rules serialises the calls whose effect is read before and after, so that each finds its own only.
	rules   sync.Mutex
	regions sync.Map // those warned of
}

// New makes a proxy and starts sending its records. Close ends that.
func New(o Options) (*Proxy, error) {
	upstream, err := url.Parse(o.Upstream)
	if err != nil {
		return nil, fmt.Errorf("reading the emulator's URL: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &Proxy{o: o, upstream: upstream, sender: newSender(o.Events, o.Warn), stop: stop}
	p.ids.account = o.Account
	// Whatever encoding the client asked for goes through as it is.
	p.http.DisableCompression = true
	p.http.MaxIdleConnsPerHost = 32
	if o.ECS != nil {
		p.rollouts = deployments.New(deployments.Options{ECS: o.ECS, Send: p.sender.send, Settle: o.Settle})
	}
	go p.sender.run(ctx)
	return p, nil
}

// Close ends the sending of records, also of those that wait, and leaves deployments as they are.
func (p *Proxy) Close() {
	if p.rollouts != nil {
		p.rollouts.Close()
	}
	p.stop()
	<-p.sender.done
	p.http.CloseIdleConnections()
}

// Know says whose an access key is: an IAM user's or an assumed role's ARN, for the records' userIdentity and Call.Principal.
func (p *Proxy) Know(accessKey, arn string) { p.ids.know(accessKey, arn) }

// Pending is how many records are made and not yet on the bus, and how many deployments have yet to end and to tell of it.
func (p *Proxy) Pending() int {
	if p.rollouts == nil {
		return p.sender.left()
	}
	ending := p.rollouts.Pending() // first: what ends meanwhile is counted again, not missed
	return ending + p.sender.left()
}

// ServeHTTP passes a call on, answers it, and records it.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	call, form := identify(r, body)
	call.Principal = p.ids.arn(call.AccessKey)
	p.warnOfRegion(call)
	x := &exchange{call: call, account: p.o.Account, host: r.Host, userAgent: r.UserAgent(), source: clientIP(r), requestID: newID()}
	x.parameters = parametersOf(call.Service, form, body)
	answer, err := p.observe(r, x, body)
	if err != nil {
		p.o.Warn("%s %s: no answer: %v", call.Service, call.Action, err)
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	p.record(x)
	maps.Copy(w.Header(), answer.header)
	w.WriteHeader(x.call.Status)
	// A client that went away does not concern the record.
	_, _ = w.Write(answer.body)
}

// parametersOf nests the query's parameters, less the protocol's own, or reads a JSON body.
func parametersOf(service string, form url.Values, body []byte) map[string]any {
	if recorded[service].source == "" {
		return nil
	}
	if form.Get("Action") == "" {
		var in map[string]any
		// A body that is no JSON has no parameters; the service refuses it.
		_ = json.Unmarshal(body, &in)
		return in
	}
	form.Del("Action")
	form.Del("Version")
	return nest(form)
}

// observe passes the call on and, where moto's answer is not enough, reads its effect.
func (p *Proxy) observe(r *http.Request, x *exchange, body []byte) (answer, error) {
	switch {
	case p.rolls(x.call):
		return p.rollOut(r, x, body)
	case p.simulates(x.call):
		return p.simulate(r, x, body)
	}
	if x.call.Service != "ec2" || !specials[x.call.Action].reads || x.call.Region != p.o.Region {
		return p.forward(r, x, body)
	}
	p.rules.Lock()
	defer p.rules.Unlock()
	before, err := readRules(r.Context(), p.o.EC2, x.parameters)
	if err != nil {
		return answer{}, err
	}
	a, err := p.forward(r, x, body)
	if err != nil || !x.call.Changed() {
		return a, err
	}
	after, err := readRules(r.Context(), p.o.EC2, x.parameters)
	x.rules = changed(before, after)
	return a, err
}

// answer is what a client gets.
type answer struct {
	header http.Header
	body   []byte
}

// forward sends the call to the emulator under the client's own Host: moto puts it into queue URLs and checks signatures
// with it.
func (p *Proxy) forward(r *http.Request, x *exchange, body []byte) (answer, error) {
	to := *r.URL
	to.Scheme, to.Host = p.upstream.Scheme, p.upstream.Host
	out, err := http.NewRequestWithContext(r.Context(), r.Method, to.String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	out.Header, out.Host = r.Header.Clone(), r.Host
	out.Header.Del("Connection")
	out.Header.Del("Transfer-Encoding") // the body is whole now
	resp, err := p.http.RoundTrip(out)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	a := answer{header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		return a, err
	}
	a.header.Del("Connection")
	a.header.Del("Content-Length") // net/http counts again
	x.call.Status = resp.StatusCode
	x.answer, err = unpack(resp.Header.Get("Content-Encoding"), a.body)
	if x.call.Status >= http.StatusMultipleChoices {
		x.call.ErrorCode = errorCode(x.answer)
	}
	return a, err
}

func unpack(encoding string, body []byte) ([]byte, error) {
	if encoding != "gzip" {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// record logs the call and sends its record, where CloudTrail would: changes and refused changes of this Region.
func (p *Proxy) record(x *exchange) {
	p.add(x.call)
	proto, ok := recorded[x.call.Service]
	if !ok || !x.call.Mutating || x.call.Region != p.o.Region {
		return
	}
	detail, err := proto.record(x)
	if err != nil {
		p.o.Warn("%s %s: no CloudTrail record: %v", x.call.Service, x.call.Action, err)
		return
	}
	e, err := entry(proto, x, detail)
	if err != nil {
		p.o.Warn("%s %s: no CloudTrail record: %v", x.call.Service, x.call.Action, err)
		return
	}
	p.sender.send(e)
	states, err := taskStates(x)
	if err != nil {
		p.o.Warn("%s %s: no event of ECS: %v", x.call.Service, x.call.Action, err)
	}
	for _, state := range states {
		p.sender.send(state)
	}
}

// warnOfRegion tells a person, once a Region, why nothing happens.
func (p *Proxy) warnOfRegion(c Call) {
	if _, ok := recorded[c.Service]; !ok || !c.Mutating || c.Region == p.o.Region {
		return
	}
	if _, told := p.regions.LoadOrStore(c.Region, true); !told {
		p.o.Warn("%s for the Region %q: the stack is in %s and hears nothing of it: set AWS_REGION=%s", c.Action, c.Region, p.o.Region, p.o.Region)
	}
}

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
