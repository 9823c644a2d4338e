package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// enforce switches moto's IAM on: from here on every call needs a policy. It returns the administrator's credentials and those
// of each function under its own role. moto knows action names only: resources and conditions are asserted on the
// template; policies are put again as it can read them, with every resource.
func enforce(ctx context.Context, cfg aws.Config, url string, d *document, s *stack) (admin aws.CredentialsProvider, roles map[string]aws.Credentials, err error) {
	client := iam.NewFromConfig(cfg)
	if admin, err = administrator(ctx, client); err != nil {
		return nil, nil, err
	}
	roles = map[string]aws.Credentials{}
	for name, f := range s.functions {
		role := f.role[strings.LastIndex(f.role, "/")+1:]
		if err := reput(ctx, client, role, d.properties(referred(d.properties(name)["Role"]))); err != nil {
			return nil, nil, err
		}
		out, err := sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &f.role, RoleSessionName: aws.String(f.name[:min(len(f.name), 60)])})
		if err != nil {
			return nil, nil, fmt.Errorf("assuming the role of %s: %w", name, err)
		}
		roles[name] = aws.Credentials{
			AccessKeyID: aws.ToString(out.Credentials.AccessKeyId), SecretAccessKey: aws.ToString(out.Credentials.SecretAccessKey),
			SessionToken: aws.ToString(out.Credentials.SessionToken),
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/moto-api/reset-auth", strings.NewReader("0"))
	if err != nil {
		return nil, nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("switching IAM on: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("switching IAM on: %s", resp.Status)
	}
	return admin, roles, nil
}

func administrator(ctx context.Context, client *iam.Client) (aws.CredentialsProvider, error) {
	name := aws.String("admin")
	if _, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: name}); err != nil {
		return nil, fmt.Errorf("making an administrator: %w", err)
	}
	all := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	if _, err := client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: name, PolicyDocument: &all}); err != nil {
		return nil, fmt.Errorf("making an administrator: %w", err)
	}
	key, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		return nil, fmt.Errorf("making an administrator: %w", err)
	}
	return credentials.NewStaticCredentialsProvider(aws.ToString(key.AccessKey.AccessKeyId), aws.ToString(key.AccessKey.SecretAccessKey), ""), nil
}

// byCall are actions that on AWS cover a call of another name; moto asks for the call's own (docs/emulator.md, E08).
var byCall = map[string]string{
	"dynamodb:ConditionCheckItem": "dynamodb:TransactWriteItems",
	"sqs:SendMessage":             "sqs:SendMessageBatch",
}

// reput puts each of a role's policies again, its actions alone.
func reput(ctx context.Context, client *iam.Client, role string, properties map[string]any) error {
	policies, _ := properties["Policies"].([]any)
	for _, p := range policies {
		policy, _ := p.(map[string]any)
		name, _ := policy["PolicyName"].(string)
		actions := granted(policy["PolicyDocument"])
		for _, a := range actions {
			if own, ok := byCall[a]; ok {
				actions = append(actions, own)
			}
		}
		doc, err := json.Marshal(map[string]any{
			"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Allow", "Action": actions, "Resource": "*"}},
		})
		if err != nil {
			return err
		}
		_, err = client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role, PolicyName: &name, PolicyDocument: aws.String(string(doc))})
		if err != nil {
			return fmt.Errorf("putting policy %s of %s: %w", name, role, err)
		}
	}
	return nil
}

// granted are the actions of a policy document.
func granted(document any) []string {
	doc, _ := document.(map[string]any)
	statements, _ := doc["Statement"].([]any)
	var actions []string
	for _, s := range statements {
		statement, _ := s.(map[string]any)
		switch a := statement["Action"].(type) {
		case string:
			actions = append(actions, a)
		case []any:
			for _, one := range a {
				if name, ok := one.(string); ok {
					actions = append(actions, name)
				}
			}
		}
	}
	return actions
}
