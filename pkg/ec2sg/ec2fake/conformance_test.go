package ec2fake_test

import (
	"testing"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2conformance"
	"github.com/firewarden/firewarden/pkg/ec2sg/ec2fake"
)

func TestConformance(t *testing.T) {
	t.Run("one page", func(t *testing.T) {
		ec2conformance.Run(t, ec2fake.New(ec2fake.Settings{}))
	})
	t.Run("pages of two", func(t *testing.T) {
		ec2conformance.Run(t, ec2fake.New(ec2fake.Settings{PageSize: 2}))
	})
}
