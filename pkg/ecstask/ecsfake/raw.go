package ecsfake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/schemas"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// show lets the answer pass the Deserialize middlewares that a call's options add, as the JSON that ECS would send.
func (c *Cloud) show(ctx context.Context, out *ecs.DescribeTaskDefinitionOutput, opts []func(*ecs.Options)) error {
	var o ecs.Options
	for _, option := range opts {
		option(&o)
	}
	if len(o.APIOptions) == 0 {
		return nil
	}
	body, err := c.raw(ctx, out)
	if err != nil {
		return err
	}
	stack := middleware.NewStack("DescribeTaskDefinition", smithyhttp.NewStackRequest)
	for _, add := range o.APIOptions {
		if err := add(stack); err != nil {
			return fmt.Errorf("adding a middleware: %w", err)
		}
	}
	// The client's own middleware reads the answer to its end, and is the first that was added.
	err = stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("read", read), middleware.Before)
	if err != nil {
		return fmt.Errorf("adding a middleware: %w", err)
	}
	wire := middleware.HandlerFunc(func(context.Context, any) (any, middleware.Metadata, error) {
		answer := &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}
		return &smithyhttp.Response{Response: answer}, middleware.Metadata{}, nil
	})
	_, _, err = stack.Deserialize.HandleMiddleware(ctx, smithyhttp.NewStackRequest(), wire)
	return err
}

func read(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if answer, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
	}
	return out, metadata, err
}

// raw is an answer as JSON on the wire, with what EditRaw adds.
func (c *Cloud) raw(ctx context.Context, out *ecs.DescribeTaskDefinitionOutput) ([]byte, error) {
	body, err := wire(ctx, out)
	if err != nil || c.EditRaw == nil {
		return body, err
	}
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	c.EditRaw(answer)
	return json.Marshal(answer)
}

// wire is a structure of the SDK as the JSON that goes over the wire. The protocol serializes what clients send; an answer
// has the same form.
func wire(ctx context.Context, v smithy.Serializable) ([]byte, error) {
	shape := smithy.NewOperationSchema(schemas.DescribeTaskDefinition, schemas.DescribeTaskDefinitionResponse, schemas.DescribeTaskDefinitionResponse)
	req := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if err := awsjson.New11(schemas.AmazonEC2ContainerServiceV20141113).SerializeRequest(ctx, shape, v, req); err != nil {
		return nil, fmt.Errorf("serializing: %w", err)
	}
	return io.ReadAll(req.GetStream())
}
