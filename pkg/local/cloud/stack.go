package cloud

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Name is the local stack's name, and its bus's.
const Name = "firewarden"

// stack is the template's resources, made.
type stack struct {
	physical  map[string]string // by logical id
	functions map[string]function
}

// function is a deployed function's configuration.
type function struct {
	name, arn, role string
	env             map[string]string
	timeout         time.Duration
}

// deploy creates the stack and reads back what was made of it.
func deploy(ctx context.Context, cfg aws.Config, d *document, parameters map[string]string) (*stack, error) {
	body, err := d.forMoto()
	if err != nil {
		return nil, fmt.Errorf("writing the template: %w", err)
	}
	in := &cloudformation.CreateStackInput{StackName: aws.String(Name), TemplateBody: &body, Capabilities: []types.Capability{types.CapabilityCapabilityIam}}
	for k, v := range parameters {
		in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: &k, ParameterValue: &v})
	}
	client := cloudformation.NewFromConfig(cfg)
	if _, err := client.CreateStack(ctx, in); err != nil {
		return nil, fmt.Errorf("creating the stack: %w", err)
	}
	out, err := client.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: aws.String(Name)})
	if err != nil {
		return nil, fmt.Errorf("reading the stack's resources: %w", err)
	}
	s := &stack{physical: map[string]string{}, functions: map[string]function{}}
	for _, r := range out.StackResources {
		id := aws.ToString(r.PhysicalResourceId)
		if aws.ToString(r.ResourceType) == "AWS::Events::EventBus" { // moto tells none, and an empty one means the default bus
			id = Name
		}
		s.physical[aws.ToString(r.LogicalResourceId)] = id
	}
	return s, s.readFunctions(ctx, cfg, d)
}

// readFunctions reads each function's environment as CloudFormation resolved it.
func (s *stack) readFunctions(ctx context.Context, cfg aws.Config, d *document) error {
	client := lambda.NewFromConfig(cfg)
	for _, name := range d.of("AWS::Lambda::Function") {
		out, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(s.physical[name])})
		if err != nil {
			return fmt.Errorf("reading the configuration of %s: %w", name, err)
		}
		f := function{
			name: aws.ToString(out.FunctionName), arn: aws.ToString(out.FunctionArn), role: aws.ToString(out.Role), env: map[string]string{},
			timeout: time.Duration(aws.ToInt32(out.Timeout)) * time.Second,
		}
		if out.Environment != nil {
			f.env = out.Environment.Variables
		}
		s.functions[name] = f
	}
	return nil
}
