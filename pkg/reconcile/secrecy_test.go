package reconcile_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/firewarden/firewarden/pkg/notify"
	"github.com/firewarden/firewarden/pkg/rules"
)

// TestNoSecretIsToldOrLogged corrects a definition that has secrets next to everything that a fix changes. Only the before-image has
// them.
func TestNoSecretIsToldOrLogged(t *testing.T) {
	c := newCloud(t)
	var log bytes.Buffer
	c.stack.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.stack.Policy.Rules = map[string]rules.Mode{"FL5*": rules.Report, "FL507": rules.Remediate}
	c.stack.Policy.Thresholds.RequireMetadata = true
	const secret = "S3CRETVALUE0123456789abcdef0123456789"
	in := bad("web")
	in.ContainerDefinitions[0].FirelensConfiguration.Options = map[string]string{"enable-ecs-log-metadata": "false"}
	in.ContainerDefinitions[0].Environment = []ecstypes.KeyValuePair{{Name: aws.String("API_KEY"), Value: aws.String(secret)}}
	app := &in.ContainerDefinitions[1]
	app.Command, app.DockerLabels = []string{"--password", secret}, map[string]string{"token": secret}
	app.Environment = []ecstypes.KeyValuePair{{Name: aws.String("DB_PASSWORD"), Value: aws.String(secret)}}
	app.LogConfiguration.Options = map[string]string{"Name": "datadog", "apikey": secret, "Host": "https://u:" + secret + "@example.com"}
	c.register(in)
	c.run(registered("web"))
	c.sweep()
	want(t, "revision", c.latest("web").Revision, int32(2))
	want(t, "the corrected revision has them", *c.latest("web").ContainerDefinitions[1].Environment[0].Value, secret)
	if len(c.notices) < 2 || c.notices[0].Diff == "" || c.notices[0].SourcePatch == "" {
		t.Fatalf("notices %v", c.statuses())
	}
	for _, n := range c.notices {
		raw, err := json.Marshal(n)
		m := notify.Render(n)
		if err != nil || strings.Contains(string(raw)+m.Text+m.JSON+m.Chat+m.Subject, secret) {
			t.Errorf("the notice %s %s shows a secret", n.Status, n.Resource)
		}
	}
	all, err := c.stack.Ledger.Remediations(t.Context())
	if err != nil || len(all) != 1 || strings.Contains(all[0].Plan, secret) || !strings.Contains(string(all[0].Before), secret) {
		t.Errorf("the ledger's plan shows a secret, or the before-image lacks it: %v", err)
	}
	if strings.Contains(log.String(), secret) {
		t.Error("the log shows a secret")
	}
}
