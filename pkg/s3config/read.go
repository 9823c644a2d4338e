package s3config

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// MaxBytes bounds an object: a configuration file that is larger is none that a router could be meant to read.
const MaxBytes = 4 << 20

// API is what a Store needs of S3; *s3.Client has it.
type API interface {
	// GetObject needs s3:GetObject on the object; for one that is encrypted with a key of KMS also kms:Decrypt on the key. An object
	// that is not there is told as such only to who has s3:ListBucket on the bucket; to others it is denied.
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// Store reads objects. It keeps nothing and may be copied.
type Store struct{ API API }

// Object is what S3 holds under an ARN.
type Object struct {
	Data []byte
	// ETag tells one version of the object from another, without quotes.
	ETag string
}

// objectARN is the form that the ECS agent takes (agent/s3/s3.go, ParseS3ARN); the ARN of an access point is another.
var objectARN = regexp.MustCompile(`^arn:([^:]+):s3:::([^/]+)/(.+)$`)

// Read reads an object by its ARN, from whichever Region its bucket is in: one call, two where that is another Region than the
// client's. Reading changes nothing.
//
// What cannot be read, and will not be the next time, is a [*Refused], which also is fs.ErrPermission or fs.ErrNotExist where that
// is the reason. Any other error is worth another try.
func (s Store) Read(ctx context.Context, arn string) (Object, error) {
	m := objectARN.FindStringSubmatch(arn)
	if m == nil {
		return Object{}, fmt.Errorf("reading %q from S3: %w", arn, &Refused{Why: "it is not the ARN of an object"})
	}
	in := &s3.GetObjectInput{Bucket: &m[2], Key: &m[3]}
	out, err := s.API.GetObject(ctx, in)
	if region := elsewhere(err); region != "" {
		out, err = s.API.GetObject(ctx, in, func(o *s3.Options) { o.Region = region })
	}
	if err != nil {
		return Object{}, fmt.Errorf("reading %s: %w", arn, refusal(err))
	}
	defer func() { _ = out.Body.Close() }() // read only: nothing can be lost
	data, err := io.ReadAll(io.LimitReader(out.Body, MaxBytes+1))
	switch {
	case len(data) > MaxBytes:
		return Object{}, fmt.Errorf("reading %s: %w", arn, &Refused{Why: fmt.Sprintf("it is larger than %d MiB", MaxBytes>>20)})
	case err != nil:
		return Object{}, fmt.Errorf("reading %s: %w", arn, err)
	}
	return Object{Data: data, ETag: strings.Trim(aws.ToString(out.ETag), `"`)}, nil
}
