package stack

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/firewarden/firewarden/pkg/policy"
	"github.com/firewarden/firewarden/pkg/rules"
)

// parameter is SSM with one parameter.
type parameter struct {
	text  string
	err   error
	calls int
}

func (p *parameter) GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error) {
	p.calls++
	return &ssm.GetParameterOutput{Parameter: &types.Parameter{Value: &p.text}}, p.err
}

func TestThePolicyOfAParameter(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	source := &parameter{text: "rollout: update-service\nshared_groups: remediate\n"}
	p := &Policies{
		SSM: source, Name: "firewarden", Text: "shared_groups: report", Limit: "remediate",
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: func() time.Time { return now },
	}
	got := p.Current(t.Context())
	if got.Rollout != policy.RolloutUpdateService || got.SharedGroups != rules.Report || got.Cap != rules.Remediate {
		t.Errorf("the environment lies over the parameter, key by key: %+v", got)
	}
	source.text = "rollout: none"
	if got = p.Current(t.Context()); got.Rollout != policy.RolloutUpdateService || source.calls != 1 {
		t.Errorf("%d calls within five minutes", source.calls)
	}
	now = now.Add(policyAge)
	if got = p.Current(t.Context()); got.Rollout != policy.RolloutNone {
		t.Error("the parameter is not read again")
	}
	for _, bad := range []*parameter{{text: "rollout: sideways"}, {err: errors.New("throttled")}} {
		now = now.Add(policyAge)
		p.SSM = bad
		if got = p.Current(t.Context()); got.Cap != rules.Remediate || got.Rollout != policy.RolloutNone {
			t.Errorf("the last good policy does not count: %+v", got)
		}
	}
}

func TestAPolicyThatNeverWasGoodChangesNothing(t *testing.T) {
	for name, p := range map[string]*Policies{
		"an invalid parameter":  {SSM: &parameter{text: "mode: destroy"}, Name: "firewarden", Limit: "remediate"},
		"no such parameter":     {SSM: &parameter{err: &types.ParameterNotFound{}}, Name: "firewarden", Limit: "remediate"},
		"an invalid text":       {Text: "mode: destroy", Limit: "remediate"},
		"a cap that is unknown": {Limit: "sometimes"},
	} {
		p.Log, p.Now = slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now
		if got := p.Current(t.Context()); got.Cap != rules.Report {
			t.Errorf("%s: cap %q", name, got.Cap)
		}
	}
}
