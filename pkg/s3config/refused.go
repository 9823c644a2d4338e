package s3config

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Refused is an error that another try will not mend.
type Refused struct {
	// Why says what is missing, in one clause. It quotes nothing of the object.
	Why string
	// Is is fs.ErrPermission or fs.ErrNotExist, or nil.
	Is error
	// Err is S3's own error, if it was asked.
	Err error
}

func (r *Refused) Error() string {
	if r.Err == nil {
		return r.Why
	}
	return r.Why + ": " + r.Err.Error()
}

// Unwrap gives errors.Is what the error is, and errors.As what S3 said.
func (r *Refused) Unwrap() []error {
	return slices.DeleteFunc([]error{r.Is, r.Err}, func(err error) bool { return err == nil })
}

// refusals are the codes by which S3 refuses for good. Sources: the S3 API reference, "Error responses"
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html), and GetObject's "Permissions" for what a denial may hide.
var refusals = []struct {
	code, message string // parts of the error; an empty message fits all
	is            error
	why           string
}{
	{"AccessDenied", "kms:", fs.ErrPermission, "the key that it is encrypted with may not be used (kms:Decrypt)"},
	{"AccessDenied", "", fs.ErrPermission, "access denied (s3:GetObject; kms:Decrypt where a key of KMS encrypts it), or it is not there"},
	{"AllAccessDisabled", "", fs.ErrPermission, "access denied: all access to it is disabled"},
	{"KMS.", "", fs.ErrPermission, "the key that it is encrypted with cannot be used"},
	{"InvalidObjectState", "", fs.ErrPermission, "it is archived"},
	{"NoSuchKey", "", fs.ErrNotExist, "it is not there"},
	{"NoSuchBucket", "", fs.ErrNotExist, "its bucket is not there"},
	{"InvalidBucketName", "", fs.ErrNotExist, "its bucket's name is none that S3 allows"},
}

// refusal is an error of S3 as a *Refused, or as it is where another try may help.
func refusal(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	for _, r := range refusals {
		fits := api.ErrorCode() == r.code || strings.HasSuffix(r.code, ".") && strings.HasPrefix(api.ErrorCode(), r.code)
		if fits && strings.Contains(api.ErrorMessage(), r.message) {
			return &Refused{Why: r.why, Is: r.is, Err: err}
		}
	}
	return err
}

// elsewhere is the Region of a bucket that is in another one than was asked, "" for any other error: S3 answers 301, or 400 where
// the signature names the wrong Region, with the Region in a header.
func elsewhere(err error) string {
	var api smithy.APIError
	var answer *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &answer) || answer.Response == nil {
		return ""
	}
	if !slices.Contains([]string{"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}, api.ErrorCode()) {
		return ""
	}
	return answer.Response.Header.Get("X-Amz-Bucket-Region")
}
