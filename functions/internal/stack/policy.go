package stack

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/firewarden/firewarden/pkg/policy"
)

// Parameters is what Policies need of SSM; *ssm.Client has it. IAM: ssm:GetParameter on the parameter.
type Parameters interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// policyAge is how long a policy counts before its parameter is read again.
const policyAge = 5 * time.Minute

// Policies are the policy over time: the default one, below the SSM parameter of that name if there is one, below the YAML in the
// environment. One that is invalid, or cannot be read, never counts: the last good one does, and before there was one nothing is
// changed.
type Policies struct {
	SSM Parameters
	// Name is the parameter's; "" for none.
	Name string
	// Text is the environment's YAML, Limit the cap over all rules.
	Text, Limit string
	Log         *slog.Logger
	Now         func() time.Time

	mu   sync.Mutex
	last policy.Policy
	good bool
	read time.Time
}

// Current is the policy that counts now. It costs a call to SSM every five minutes, where there is a parameter.
func (p *Policies) Current(ctx context.Context) policy.Policy {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.read.IsZero() && (p.Name == "" || p.Now().Sub(p.read) < policyAge) {
		return p.last
	}
	p.read = p.Now()
	fresh, err := p.load(ctx)
	switch {
	case err == nil:
		p.last, p.good = fresh, true
	case p.good:
		p.Log.ErrorContext(ctx, "the policy is invalid or cannot be read: the last good one counts", "error", err.Error())
	default: // never half-applied: nothing is changed until it is mended
		p.Log.ErrorContext(ctx, "the policy is invalid or cannot be read: reporting only", "error", err.Error())
		p.last = fresh
	}
	return p.last
}

func (p *Policies) load(ctx context.Context) (policy.Policy, error) {
	var sources []policy.Source
	if p.Name != "" {
		out, err := p.SSM.GetParameter(ctx, &ssm.GetParameterInput{Name: &p.Name})
		if err != nil {
			fallback, _ := policy.LoadAll("") // an unknown cap: the default policy, capped to report
			return fallback, err
		}
		sources = append(sources, policy.Source{Name: "parameter " + p.Name, Text: []byte(aws.ToString(out.Parameter.Value))})
	}
	return policy.LoadAll(p.Limit, append(sources, policy.Source{Name: "FIREWARDEN_POLICY", Text: []byte(p.Text)})...)
}

// policies are those of the environment.
func policies(client Parameters, log *slog.Logger) *Policies {
	return &Policies{
		SSM: client, Name: os.Getenv("FIREWARDEN_POLICY_PARAMETER"), Text: os.Getenv("FIREWARDEN_POLICY"), Limit: os.Getenv("FIREWARDEN_MODE"),
		Log: log, Now: time.Now,
	}
}
