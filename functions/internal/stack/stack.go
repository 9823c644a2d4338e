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
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/firewarden/firewarden/pkg/ec2sg"
	"github.com/firewarden/firewarden/pkg/ecstask"
	"github.com/firewarden/firewarden/pkg/inventory"
	"github.com/firewarden/firewarden/pkg/ledger"
	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/reconcile"
)

// World is what the functions read: the shared stack and the stores.
type World struct {
	Config    aws.Config
	Stack     reconcile.Stack
	Tasks     ecstask.Store
	Groups    ec2sg.Store
	Services  ecstask.Services
	Inventory inventory.Reader
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
	rulesOf, err := policy.Load("FIREWARDEN_POLICY", []byte(os.Getenv("FIREWARDEN_POLICY")), os.Getenv("FIREWARDEN_MODE"))
	if err != nil { // never half-applied: nothing is changed until it is mended
		log.ErrorContext(ctx, "the policy is invalid: reporting only", "error", err.Error())
	}
	client := ecs.NewFromConfig(cfg)
	tasks := ecstask.Store{API: client}
	w := World{Config: cfg, Tasks: tasks, Services: ecstask.Services{API: client}, Groups: ec2sg.Store{API: ec2.NewFromConfig(cfg)}}
	w.Inventory = inventory.Reader{ECS: client, EC2: ec2.NewFromConfig(cfg), Definitions: tasks.Describe}
	w.Stack = reconcile.Stack{
		Account: os.Getenv("FIREWARDEN_ACCOUNT"), Region: cfg.Region, Name: os.Getenv("FIREWARDEN_STACK"),
		Policy: rulesOf, Log: log, Now: time.Now, Wait: reconcile.Wait,
		Ledger:    ledger.Ledger{Store: ledger.Table{Client: dynamodb.NewFromConfig(cfg), Name: os.Getenv("LEDGER_TABLE")}},
		Publisher: notify.Publisher{Client: sns.NewFromConfig(cfg), Topic: os.Getenv("NOTICE_TOPIC"), ChatTopic: os.Getenv("CHAT_TOPIC")},
	}
	return w, nil
}

// level is debug where AWS_LAMBDA_LOG_LEVEL (Lambda's own logging control) asks for it, else info.
func level() slog.Level {
	if strings.EqualFold(os.Getenv("AWS_LAMBDA_LOG_LEVEL"), "debug") {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}
