package ec2sg_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/firewarden/firewarden/pkg/ec2sg/ec2conformance"
	"github.com/firewarden/firewarden/pkg/local"
)

// root is the project's root, seen from this package.
var root = filepath.Join("..", "..")

func TestConformanceOnTheLocalCloud(t *testing.T) {
	python, err := local.Python(root)
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := local.StartEmulator(t.Context(), python, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cloud.Stop)
	client := ec2.New(ec2.Options{
		Region:       "eu-central-1",
		BaseEndpoint: aws.String(cloud.URL),
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	ec2conformance.Run(t, client, ec2conformance.Moto)
}

// The suite is worth something as long as most of it runs on both; what does not is written down.
func TestNineOfTenCasesRunOnBoth(t *testing.T) {
	rows, err := os.ReadFile(filepath.Join(root, "docs", "emulator.md"))
	if err != nil {
		t.Fatal(err)
	}
	cases, seen, differing := ec2conformance.Cases(), map[string]bool{}, 0
	for _, k := range cases {
		if seen[k.Name] {
			t.Errorf("two cases are called %q", k.Name)
		}
		seen[k.Name] = true
		if k.Row == "" {
			continue
		}
		differing++
		if !strings.Contains(string(rows), "| "+k.Row+" |") {
			t.Errorf("%q names row %s of docs/emulator.md, which is not there", k.Name, k.Row)
		}
	}
	if differing*10 > len(cases) {
		t.Errorf("%d of %d cases do not run on moto", differing, len(cases))
	}
	t.Logf("%d cases, %d of them not on moto", len(cases), differing)
}
