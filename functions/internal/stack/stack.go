// Package stack wires what both functions share: the environment, the clients' configuration, the ledger and the topic.
//
// Floor 4.
package stack

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/iamrole"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/metrics"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/reconcile"
	"github.com/firewarden/firewarden/pkg/s3config"
)

// World is what the functions read: the shared stack and the stores.
type World struct {
	Config    aws.Config
	Stack     reconcile.Stack
	Tasks     ecstask.Store
	Revisions ecstask.Revisions
	Groups    ec2sg.Store
	Services  ecstask.Services
	Inventory inventory.Reader
	Meter     *metrics.Meter
	Policies  *Policies
}

// attempts bounds the SDK's retries of one call; what still fails comes back with the message's next delivery.
const attempts = 5

// Build reads the environment and makes the clients. It is called at the first event: a function that is only started stays
// small and quick.
func Build(ctx context.Context) (World, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(aws.RetryModeAdaptive), config.WithRetryMaxAttempts(attempts))
	if err != nil {
		return World{}, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: level()})).
		With("account", os.Getenv("FIREWARDEN_ACCOUNT"), "region", cfg.Region)
	m := meter()
	cfg.APIOptions = append(cfg.APIOptions, m.CountCalls)
	rulesOf := policies(ssm.NewFromConfig(cfg), log)
	book := ledger.Ledger{Store: ledger.Table{Client: dynamodb.NewFromConfig(cfg), Name: os.Getenv("LEDGER_TABLE")}}
	cfg.APIOptions = append(cfg.APIOptions, sweepPace(book).Keep)
	client := ecs.NewFromConfig(cfg)
	tasks := ecstask.Store{API: client}
	w := World{Config: cfg, Meter: m, Policies: rulesOf, Tasks: tasks, Revisions: ecstask.Revisions{API: client}, Services: ecstask.Services{API: client}, Groups: ec2sg.Store{API: ec2.NewFromConfig(cfg)}}
	files := configFiles(cfg)
	w.Inventory = inventory.Reader{
		ECS: client, EC2: ec2.NewFromConfig(cfg), Definitions: files.Completing(tasks.Describe), NotFound: ecstask.IsNotFound, Homes: &inventory.Homes{Book: book},
		Events: eventbridge.NewFromConfig(cfg), Schedules: scheduler.NewFromConfig(cfg),
		Keys: func(ctx context.Context) ([]string, error) { return book.Places(ctx, inventory.Scheduled) },
	}
	w.Stack = reconcile.Stack{
		Account: os.Getenv("FIREWARDEN_ACCOUNT"), Region: cfg.Region, Name: os.Getenv("FIREWARDEN_STACK"),
		Policy: rulesOf.Current(ctx), Log: log, Meter: m, Now: time.Now, Wait: reconcile.Wait, Enrichers: []reconcile.Enricher{files}, Files: files,
		Ledger:    book,
		Publisher: notify.Publisher{Client: sns.NewFromConfig(cfg), Topic: os.Getenv("NOTICE_TOPIC"), ChatTopic: os.Getenv("CHAT_TOPIC")},
	}
	// After the configuration files: their outputs are among what the task role is asked about.
	w.Stack.Enrichers = append(w.Stack.Enrichers, &reconcile.Roles{
		Simulator: iamrole.Simulator{Client: iam.NewFromConfig(cfg)}, Ledger: w.Stack.Ledger, Log: log, Now: time.Now,
	})
	return w, nil
}

// configFiles reads routers' configuration files, in S3 only where the stack's owner allows it.
func configFiles(cfg aws.Config) reconcile.ConfigFiles {
	if os.Getenv("READ_CONFIGS") == "" {
		return reconcile.ConfigFiles{}
	}
	return reconcile.ConfigFiles{Objects: s3config.Store{API: s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.DisableLogOutputChecksumValidationSkipped = true // an object without a checksum is no news
	})}}
}

// level is debug where AWS_LAMBDA_LOG_LEVEL (Lambda's own logging control) asks for it, else info.
func level() slog.Level {
	if strings.EqualFold(os.Getenv("AWS_LAMBDA_LOG_LEVEL"), "debug") {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}
