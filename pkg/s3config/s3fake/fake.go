// Package s3fake is S3 as GetObject shows it: buckets in Regions, objects with an ETag, and who may read what.
package s3fake

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Object is what a bucket holds.
type Object struct {
	Data []byte
	// Denied says that the caller has no s3:GetObject on it, Key that no kms:Decrypt on the key that encrypts it.
	Denied, Key bool
	Archived    bool
}

// Bucket is a bucket in a Region.
type Bucket struct {
	Region  string
	Objects map[string]Object
	// Listed says that the caller has s3:ListBucket, without which S3 does not say that an object is not there.
	Listed bool
}

// Cloud is S3 as a caller in one Region sees it. It implements s3config.API.
type Cloud struct {
	Region  string
	Buckets map[string]Bucket
	// Fail, where set, is asked before each call.
	Fail func(call int) error

	mu    sync.Mutex
	calls []string
}

// Calls are the ARNs that were asked for, each with the Region it was asked in.
func (c *Cloud) Calls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

// name are the names that S3 allows for buckets (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
var name = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// GetObject answers as S3 does.
func (c *Cloud) GetObject(ctx context.Context, in *s3.GetObjectInput, opts ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	o := s3.Options{Region: c.Region}
	for _, set := range opts {
		set(&o)
	}
	bucket, key := aws.ToString(in.Bucket), aws.ToString(in.Key)
	if err := c.called(ctx, fmt.Sprintf("%s/%s in %s", bucket, key, o.Region)); err != nil {
		return nil, err
	}
	if key == "" || bucket == "" {
		return nil, &smithy.InvalidParamsError{Context: "GetObjectInput"} // the SDK's own check
	}
	b, ok := c.Buckets[bucket]
	switch {
	case !name.MatchString(bucket):
		return nil, answer(http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid.", "")
	case !ok:
		return nil, answer(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist", "")
	case b.Region != o.Region:
		return nil, answer(http.StatusMovedPermanently, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.", b.Region)
	}
	return b.get(key)
}

func (c *Cloud) called(ctx context.Context, call string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call)
	if c.Fail != nil {
		if err := c.Fail(len(c.calls)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (b Bucket) get(key string) (*s3.GetObjectOutput, error) {
	o, ok := b.Objects[key]
	switch {
	case !ok && b.Listed:
		return nil, wrapped(http.StatusNotFound, &types.NoSuchKey{Message: aws.String("The specified key does not exist.")}, "")
	case !ok, o.Denied:
		return nil, answer(http.StatusForbidden, "AccessDenied", "Access Denied", "")
	case o.Key:
		return nil, answer(http.StatusForbidden, "AccessDenied", "User: x is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext", "")
	case o.Archived:
		return nil, wrapped(http.StatusForbidden, &types.InvalidObjectState{Message: aws.String("The operation is not valid for the object's storage class")}, "")
	}
	sum := md5.Sum(o.Data)
	return &s3.GetObjectOutput{
		Body: io.NopCloser(bytes.NewReader(o.Data)), ContentLength: aws.Int64(int64(len(o.Data))), ETag: aws.String(`"` + hex.EncodeToString(sum[:]) + `"`),
	}, nil
}

// Throttled is the answer of a bucket that is asked too often.
func Throttled() error {
	return answer(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.", "")
}

func answer(status int, code, message, region string) error {
	return wrapped(status, &smithy.GenericAPIError{Code: code, Message: message}, region)
}

// wrapped is an error as the SDK returns it.
func wrapped(status int, err error, region string) error {
	header := http.Header{}
	if region != "" {
		header.Set("X-Amz-Bucket-Region", region)
	}
	return &smithy.OperationError{ServiceID: "S3", OperationName: "GetObject", Err: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(""))}}, Err: err,
	}}
}
