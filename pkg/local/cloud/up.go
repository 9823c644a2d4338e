package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/firewarden/firewarden/pkg/local"
	"github.com/firewarden/firewarden/pkg/local/cloudtrail"
	"github.com/firewarden/firewarden/pkg/local/lambdahost"
)

// Account is the account that everything on the local cloud belongs to: moto's.
const Account = "123456789012"

// Options of a local cloud.
type Options struct {
	// Root is the project's folder: its template.yaml, its .venv, its bin with the built bootstraps.
	Root string
	// Port is where clients connect; 0 means any free one.
	Port   int
	Region string
	// Parameters are the template's.
	Parameters map[string]string
	// EnforceIAM runs the functions under their own roles, with moto's IAM on.
	EnforceIAM bool
	// Edit changes the template before it is translated, so that a test can break it.
	Edit func(template string) string
	// Concurrent runs as many processes of each function as its mapping's MaximumConcurrency lets Lambda run; without it one.
	Concurrent bool
	// Middleware stands before the proxy, so that a test can fail, delay or count the calls of clients and functions. What it
	// answers itself is not in the trail.
	Middleware func(http.Handler) http.Handler
	// Log gets what the functions print; Warn is told what a person should know. Nil drops them.
	Log  io.Writer
	Warn func(format string, args ...any)
}

// Cloud is a running local cloud.
type Cloud struct {
	// URL is the endpoint for clients.
	URL string
	// Trail is the proxy before the emulator, with its log of calls.
	Trail *cloudtrail.Proxy

	o        Options
	emulator *local.Emulator
	direct   aws.Config // past the proxy
	client   aws.Config
	stack    *stack
	doc      *document
	pollers  []*poller
	hosts    []*lambdahost.Host
	server   *http.Server
	stop     context.CancelFunc
	all      sync.WaitGroup
}

// Up starts a local cloud. Its error says what to do about it. The context limits the start only.
func Up(ctx context.Context, o Options) (c *Cloud, err error) {
	if o.Warn == nil {
		o.Warn = func(string, ...any) {}
	}
	c = &Cloud{o: o}
	defer func() {
		if err != nil {
			c.Close()
			c = nil
		}
	}()
	python, err := local.Python(o.Root)
	if err != nil {
		return c, err
	}
	listener, err := listen(ctx, o.Port)
	if err != nil {
		return c, err
	}
	c.URL = "http://" + listener.Addr().String()
	if c.emulator, err = local.StartEmulator(ctx, python, nil); err != nil {
		_ = listener.Close()
		return c, err
	}
	c.direct = config(c.emulator.URL, o.Region, credentials.NewStaticCredentialsProvider("AKIALOCALCLOUD000000", "local", ""))
	c.client = config(c.URL, o.Region, credentials.NewStaticCredentialsProvider("AKIALOCALUSER0000000", "local", ""))
	if err = c.build(ctx, python); err != nil {
		_ = listener.Close()
		return c, err
	}
	c.server = &http.Server{Handler: c.handler(), ReadHeaderTimeout: time.Minute}
	c.all.Go(func() { _ = c.server.Serve(listener) })
	c.start()
	return c, nil
}

// listen listens on a port of the loopback interface.
func listen(ctx context.Context, port int) (net.Listener, error) {
	var l net.ListenConfig
	listener, err := l.Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("listening on port %d: %w: end the program that uses it, or choose another with --port", port, err)
	}
	return listener, nil
}

func config(url, region string, who aws.CredentialsProvider) aws.Config {
	return aws.Config{BaseEndpoint: &url, Region: region, Credentials: who}
}

// build makes the stack and the proxy.
func (c *Cloud) build(ctx context.Context, python string) error {
	text, err := os.ReadFile(filepath.Join(c.o.Root, "template.yaml"))
	if err != nil {
		return fmt.Errorf("reading the template: %w", err)
	}
	if c.o.Edit != nil {
		edited := c.o.Edit(string(text))
		if edited == string(text) {
			return errors.New("editing the template: the edit changed nothing")
		}
		text = []byte(edited)
	}
	if c.doc, err = translated(ctx, python, text); err != nil {
		return err
	}
	if c.stack, err = deploy(ctx, c.direct, c.doc, c.o.Parameters); err != nil {
		return err
	}
	roles := map[string]aws.Credentials{}
	if c.o.EnforceIAM {
		admin, assumed, err := enforce(ctx, c.direct, c.emulator.URL, c.doc, c.stack)
		if err != nil {
			return err
		}
		c.direct.Credentials, c.client.Credentials, roles = admin, admin, assumed
	}
	c.Trail, err = cloudtrail.New(cloudtrail.Options{
		Upstream: c.emulator.URL, Region: c.o.Region, Account: Account,
		EC2: ec2.NewFromConfig(c.direct), ECS: ecs.NewFromConfig(c.direct), IAM: iam.NewFromConfig(c.direct),
		Events: eventbridge.NewFromConfig(c.direct), Warn: c.o.Warn,
	})
	if err != nil {
		return err
	}
	return c.mount(ctx, roles)
}

// mount puts the functions behind their queues, not running yet.
func (c *Cloud) mount(ctx context.Context, roles map[string]aws.Credentials) error {
	deletes := map[string]*sync.Mutex{}
	for _, m := range c.processes() {
		if deletes[m.queue] == nil {
			deletes[m.queue] = &sync.Mutex{}
		}
		f := c.stack.functions[m.function]
		env := map[string]string{
			"AWS_REGION": c.o.Region, "AWS_ENDPOINT_URL": c.URL,
			"AWS_ACCESS_KEY_ID": "AKIALOCAL" + strings.ToUpper(m.function) + m.process, "AWS_SECRET_ACCESS_KEY": "local",
			"AWS_LAMBDA_LOG_STREAM_NAME": m.name + m.process,
		}
		if who, ok := roles[m.function]; ok {
			env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"] = who.AccessKeyID, who.SecretAccessKey, who.SessionToken
		}
		c.Trail.Know(env["AWS_ACCESS_KEY_ID"], session(f))
		for k, v := range f.env {
			env[k] = v
		}
		host, err := lambdahost.Start(lambdahost.Function{
			Name: f.name, ARN: f.arn, Env: env, Timeout: f.timeout, Log: c.o.Log,
			Bootstrap: filepath.Join(c.o.Root, "bin", strings.ToLower(strings.TrimSuffix(m.function, "Function")), "bootstrap"),
		})
		if err != nil {
			return err
		}
		c.hosts = append(c.hosts, host)
		p := &poller{
			mapping: m, sqs: sqs.NewFromConfig(c.direct), account: Account, region: c.o.Region, host: host, warn: c.o.Warn,
			url: c.stack.physical[m.queue], deletes: deletes[m.queue],
		}
		if p.arn, err = c.queueARN(ctx, p.url); err != nil {
			return err
		}
		c.pollers = append(c.pollers, p)
	}
	if len(c.pollers) == 0 {
		return errors.New("mounting the functions: the template has no event source mapping")
	}
	return nil
}

// session is the ARN of a function's session of its role, which Lambda names after the function.
func session(f function) string {
	return "arn:aws:sts::" + Account + ":assumed-role/" + f.role[strings.LastIndex(f.role, "/")+1:] + "/" + f.name
}

func (c *Cloud) queueARN(ctx context.Context, url string) (string, error) {
	out, err := sqs.NewFromConfig(c.direct).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
	})
	if err != nil {
		return "", fmt.Errorf("reading queue %s: %w", url, err)
	}
	return out.Attributes["QueueArn"], nil
}

// start lets the functions run.
func (c *Cloud) start() {
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	for _, p := range c.pollers {
		c.all.Go(func() { p.run(ctx) })
	}
}

// Close ends everything that Up started.
func (c *Cloud) Close() {
	if c.stop != nil {
		c.stop()
	}
	for _, h := range c.hosts {
		h.Stop()
	}
	if c.server != nil {
		_ = c.server.Close()
	}
	c.all.Wait()
	if c.Trail != nil {
		c.Trail.Close()
	}
	if c.emulator != nil {
		c.emulator.Stop()
	}
}
