package reconcile

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/firewarden/firewarden/pkg/routerconf"
	"github.com/firewarden/firewarden/pkg/rules"
	"github.com/firewarden/firewarden/pkg/s3config"
)

// Objects reads configuration files from S3.
type Objects interface {
	// Read reads an object by its ARN. What another try will not mend is a *s3config.Refused.
	Read(ctx context.Context, arn string) (s3config.Object, error)
}

// ConfigFiles is the [Enricher] that fills in what the configuration files of a router say: objects in S3, and the files that AWS's
// image brings along. What cannot be read is unknown there, with what is missing; an error is one that another try may mend.
//
// A definition whose files are all within its image or a volume is left as it is: nothing of an account holds them.
type ConfigFiles struct {
	// Objects is nil where none may be read.
	Objects Objects
	// Unread says why Objects is nil, "" for what a stack says.
	Unread string
}

// What is said of files that are not read.
const (
	notPermitted = routerconf.Reason("FireWarden is not permitted to read it: the stack's parameter ConfigBuckets names no bucket")
	notHeld      = routerconf.Reason("it is a file of the image or of a volume, which is not read in an account")
)

// Enrich implements Enricher: one call of S3 for each object.
func (c ConfigFiles) Enrich(ctx context.Context, d *rules.Definition) error {
	if !slices.ContainsFunc(routerconf.Files(*d), func(s routerconf.Source) bool { return s.BuiltIn || inS3(s) }) {
		return nil
	}
	r := reading{ctx: ctx, objects: c.Objects, unread: cmp.Or(routerconf.Reason(c.Unread), notPermitted), tags: map[string]string{}}
	config, _ := routerconf.Read(*d, r.open, nil) // what is no configuration is among what is unknown
	if r.failed != nil {
		return r.failed
	}
	for i, f := range config.Files {
		config.Files[i].Version = r.tags[f.Name]
	}
	d.Config = config
	return nil
}

// Completing is a describe that enriches what it returns: for the definitions of a group's users.
func (c ConfigFiles) Completing(describe func(context.Context, string) (rules.Definition, error)) func(context.Context, string) (rules.Definition, error) {
	return func(ctx context.Context, ref string) (rules.Definition, error) {
		d, err := describe(ctx, ref)
		if err != nil {
			return d, err
		}
		return d, c.Enrich(ctx, &d)
	}
}

func inS3(s routerconf.Source) bool {
	return s.From == rules.FromOptionS3 || s.From == rules.FromInitS3
}

// reading is the reading of one definition's files.
type reading struct {
	ctx     context.Context
	objects Objects
	unread  routerconf.Reason
	tags    map[string]string // ETags, by ARN
	failed  error
}

func (r *reading) open(s routerconf.Source) ([]byte, error) {
	switch {
	case !inS3(s):
		return nil, notHeld
	case r.objects == nil:
		return nil, r.unread
	}
	o, err := r.objects.Read(r.ctx, s.Name)
	var refused *s3config.Refused
	switch {
	case errors.As(err, &refused):
		return nil, routerconf.Reason(refused.Why)
	case err != nil:
		r.failed = errors.Join(r.failed, err)
		return nil, err
	}
	r.tags[s.Name] = o.ETag
	return o.Data, nil
}
