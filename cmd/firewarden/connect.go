package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/iamrole"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/report"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/s3config"
)

// connectHelp is the part of the commands' help that tells how they find the ledger.
const connectHelp = `
The ledger is the table of a deployed stack: --stack or FIREWARDEN_STACK names the
stack, --table the table itself. Credentials and Region are found as the AWS CLI
finds them (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, ...).`

// defaultStack is the name that a stack is deployed under unless told otherwise.
const defaultStack = "firewarden"

// connection are the flags by which a command finds a deployed stack.
type connection struct {
	stack, table string
	// live asks for no stack: for what is in the account, in a Region other than the configured one where that is named, and no faster
	// than so many percent of what AWS allows.
	live    bool
	region  string
	percent int
	// noFiles asks for no configuration files from S3.
	noFiles bool
}

func (c *connection) flags(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&c.stack, "stack", cmp.Or(os.Getenv("FIREWARDEN_STACK"), defaultStack), "the deployed stack's name; FIREWARDEN_STACK sets the default")
	cmd.PersistentFlags().StringVar(&c.table, "table", "", "the ledger's table, where the stack itself cannot be read")
}

// args are the flags, as a command line that is to reach the same ledger needs them: with a blank before each.
func (c *connection) args() string {
	switch {
	case c.table != "":
		return " --table " + c.table
	case c.stack != defaultStack:
		return " --stack " + c.stack
	}
	return ""
}

// site is a deployed stack as the commands see it. A live one has no ledger; it has known, by which each definition is described once and
// completed with its configuration files, objects, which are those files, or nil where none is read, and roles.
type site struct {
	place    report.Place
	ledger   ledger.Ledger
	groups   reconcile.GroupStore
	tasks    reconcile.TaskStore
	families reconcile.Families
	known    reconcile.TaskReader
	users    reconcile.Inventory
	objects  *reconcile.RememberedObjects
	roles    reconcile.RoleSimulator
	now      func() time.Time
}

// connector finds the stack that the flags name.
type connector func(context.Context, connection) (site, error)

// dial connects to AWS. IAM: cloudformation:ListStackResources on the stack, unless the table is named; what the ledger's
// table and the stores of ec2sg, ecstask and inventory say. STS asks for no permission.
func dial(ctx context.Context, c connection) (site, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(aws.RetryModeAdaptive), config.WithRegion(c.region))
	switch {
	case err != nil:
		return site{}, fmt.Errorf("loading the AWS configuration: %w", err)
	case cfg.Region == "":
		return site{}, errors.New("no AWS Region is set: set AWS_REGION, or AWS_PROFILE to a profile that has one")
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return site{}, fmt.Errorf("asking AWS in %s whose credentials these are: %w", cfg.Region, answer(err))
	}
	if c.live {
		return c.site(cfg, aws.ToString(who.Account)), nil
	}
	if c.table == "" {
		if c.table, err = tableOf(ctx, cloudformation.NewFromConfig(cfg), c.stack); err != nil {
			return site{}, fmt.Errorf("reading stack %s in %s: %w: name it with --stack, or the table with --table", c.stack, cfg.Region, answer(err))
		}
	}
	tasks := ecstask.Store{API: ecs.NewFromConfig(cfg)}
	book := ledger.Ledger{Store: ledger.Table{Client: dynamodb.NewFromConfig(cfg), Name: c.table}}
	users := usersOf(cfg, tasks.Describe)
	users.Keys = func(ctx context.Context) ([]string, error) { return book.Places(ctx, inventory.Scheduled) }
	return site{
		place:  report.Place{Account: aws.ToString(who.Account), Region: cfg.Region},
		ledger: book,
		groups: ec2sg.Store{API: ec2.NewFromConfig(cfg)},
		tasks:  tasks,
		users:  users,
		now:    time.Now,
	}, nil
}

// site is one without a stack.
func (c connection) site(cfg aws.Config, account string) site {
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), newPace(c.percent).paced)
	tasks := ecstask.Store{API: ecs.NewFromConfig(cfg)}
	s := site{
		place:    report.Place{Account: account, Region: cfg.Region},
		groups:   ec2sg.Store{API: ec2.NewFromConfig(cfg)},
		families: tasks,
		roles:    iamrole.Simulator{Client: iam.NewFromConfig(cfg), Attempts: roleAttempts},
		now:      time.Now,
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.DisableLogOutputChecksumValidationSkipped = true // an object without a checksum is no news
	})
	s.describe(c, tasks, s3config.Store{API: client})
	s.users = usersOf(cfg, s.known.Describe)
	return s
}

// roleAttempts are more than a stack's, which comes back in an hour.
const roleAttempts = 5

// describe lets the site describe definitions, each once, and completed with its configuration files.
func (s *site) describe(c connection, tasks reconcile.TaskReader, objects reconcile.Objects) {
	files := reconcile.ConfigFiles{Unread: "objects in S3 are left out (--leave-out " + theFiles + ")"}
	if !c.noFiles {
		s.objects = &reconcile.RememberedObjects{Objects: objects}
		files.Objects = s.objects
	}
	s.known = &reconcile.Remembered{TaskReader: reconcile.TaskReaderFunc(files.Completing(tasks.Describe))}
}

// usersOf tells who uses what.
func usersOf(cfg aws.Config, describe func(context.Context, string) (rules.Definition, error)) inventory.Reader {
	return inventory.Reader{
		ECS: ecs.NewFromConfig(cfg), EC2: ec2.NewFromConfig(cfg), Definitions: describe, NotFound: ecstask.IsNotFound,
		Events: eventbridge.NewFromConfig(cfg), Schedules: scheduler.NewFromConfig(cfg),
	}
}

// tableOf is the physical name of a stack's LedgerTable, by ListStackResources. DescribeStackResource would be one call on AWS;
// moto answers it with 500 where a resource of the stack is of a type that it does not model.
func tableOf(ctx context.Context, client *cloudformation.Client, stack string) (string, error) {
	pages := cloudformation.NewListStackResourcesPaginator(client, &cloudformation.ListStackResourcesInput{StackName: &stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, r := range page.StackResourceSummaries {
			if name := aws.ToString(r.PhysicalResourceId); aws.ToString(r.LogicalResourceId) == "LedgerTable" && name != "" {
				return name, nil
			}
		}
	}
	return "", errors.New("it has no LedgerTable: it is not one of FireWarden's, or not made yet")
}

// answer is what AWS answered, without the request that the message around it names already.
func answer(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api
	}
	return err
}

// at runs a command on the stack that its flags name. Ctrl-C ends its context.
func (c *connection) at(cmd *cobra.Command, connect connector, do func(context.Context, site) error) error {
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	s, err := connect(ctx, *c)
	if err != nil {
		return exit{code: exitUnusable, err: err}
	}
	return do(ctx, s)
}
