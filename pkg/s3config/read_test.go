package s3config_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/firewarden/firewarden/pkg/s3config"
	"github.com/firewarden/firewarden/pkg/s3config/s3fake"
)

func cloud() *s3fake.Cloud {
	return &s3fake.Cloud{Region: "eu-west-1", Buckets: map[string]s3fake.Bucket{
		"config": {Region: "eu-west-1", Listed: true, Objects: map[string]s3fake.Object{
			"router/extra.conf": {Data: []byte("[INPUT]\n Name forward\n")},
			"empty.conf":        {},
			"largest.conf":      {Data: make([]byte, s3config.MaxBytes)},
			"larger.conf":       {Data: make([]byte, s3config.MaxBytes+1)},
			"denied.conf":       {Denied: true},
			"encrypted.conf":    {Key: true},
			"archived.conf":     {Archived: true},
		}},
		"unlisted": {Region: "eu-west-1"},
		"abroad":   {Region: "us-east-1", Objects: map[string]s3fake.Object{"x.conf": {Data: []byte("abroad")}}},
	}}
}

func TestRead(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:s3:::config/router/extra.conf": "[INPUT]\n Name forward\n",
		"arn:aws:s3:::config/empty.conf":        "",
		"arn:aws:s3:::config/largest.conf":      string(make([]byte, s3config.MaxBytes)),
		"arn:aws:s3:::abroad/x.conf":            "abroad",
	} {
		got, err := s3config.Store{API: cloud()}.Read(t.Context(), arn)
		if err != nil || string(got.Data) != want || len(got.ETag) != 32 {
			t.Errorf("%s: %d bytes, ETag %q, %v", arn, len(got.Data), got.ETag, err)
		}
	}
}

// A bucket of another Region costs one call more, and one that is in this Region none.
func TestReadAsksInTheBucketsRegion(t *testing.T) {
	c := cloud()
	for _, arn := range []string{"arn:aws:s3:::abroad/x.conf", "arn:aws:s3:::config/empty.conf"} {
		if _, err := (s3config.Store{API: c}).Read(t.Context(), arn); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"abroad/x.conf in eu-west-1", "abroad/x.conf in us-east-1", "config/empty.conf in eu-west-1"}
	if got := c.Calls(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What will not be read the next time either is refused, with what is missing.
func TestRefused(t *testing.T) {
	for arn, want := range map[string]struct {
		is  error
		why string
	}{
		"arn:aws:s3:::config/none.conf":                                 {fs.ErrNotExist, "it is not there"},
		"arn:aws:s3:::unlisted/none.conf":                               {fs.ErrPermission, "access denied (s3:GetObject"},
		"arn:aws:s3:::none/x.conf":                                      {fs.ErrNotExist, "its bucket is not there"},
		"arn:aws:s3:::B_/x.conf":                                        {fs.ErrNotExist, "its bucket's name"},
		"arn:aws:s3:::config/denied.conf":                               {fs.ErrPermission, "access denied (s3:GetObject"},
		"arn:aws:s3:::config/encrypted.conf":                            {fs.ErrPermission, "kms:Decrypt"},
		"arn:aws:s3:::config/archived.conf":                             {fs.ErrPermission, "archived"},
		"arn:aws:s3:::config/larger.conf":                               {nil, "larger than 4 MiB"},
		"arn:aws:s3:::config":                                           {nil, "not the ARN of an object"},
		"s3://config/x.conf":                                            {nil, "not the ARN of an object"},
		"arn:aws:s3:eu-west-1:123456789012:accesspoint/a/object/x.conf": {nil, "not the ARN of an object"},
	} {
		_, err := s3config.Store{API: cloud()}.Read(t.Context(), arn)
		var refused *s3config.Refused
		if !errors.As(err, &refused) || !strings.Contains(refused.Why, want.why) || want.is != nil && !errors.Is(err, want.is) {
			t.Errorf("%s: %v", arn, err)
		}
	}
}

// What another try may mend is no refusal: throttling, a cut line, a context that ended.
func TestNotRefused(t *testing.T) {
	for name, fail := range map[string]error{"throttled": s3fake.Throttled(), "cut": errors.New("connection reset by peer")} {
		c := cloud()
		c.Fail = func(int) error { return fail }
		_, err := s3config.Store{API: c}.Read(t.Context(), "arn:aws:s3:::config/empty.conf")
		var refused *s3config.Refused
		if !errors.Is(err, fail) || errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
