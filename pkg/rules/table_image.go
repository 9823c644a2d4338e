package rules

import (
	"strconv"
	"strings"
	"time"
)

// image is an image reference, taken apart: host/repository:tag@digest.
type image struct{ host, repository, tag, digest string }

func parseImage(ref string) image {
	name, digest, _ := strings.Cut(ref, "@")
	i := image{repository: name, digest: digest}
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		i.repository, i.tag = name[:colon], name[colon+1:]
	}
	if first, rest, ok := strings.Cut(i.repository, "/"); ok && (strings.ContainsAny(first, ".:") || first == "localhost") {
		i.host, i.repository = first, rest
	}
	return i
}

// routerRepository is the last part of the repository of AWS's router image.
const routerRepository = "aws-for-fluent-bit"

// registries are where AWS publishes its router image: the organisations on public registries (and in caches of these), and the
// accounts whose regional registries hold it.
var registries = []struct{ organisation, account, source string }{
	{organisation: "aws-observability", source: "https://gallery.ecr.aws/aws-observability/aws-for-fluent-bit"},
	{organisation: "amazon", source: "https://hub.docker.com/r/amazon/aws-for-fluent-bit"},
	{account: "906394416424", source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-using-fluentbit.html"},
	{account: "128054284489", source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-using-fluentbit.html"},
	{account: "161423150738", source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-using-fluentbit.html"},
}

// fromAWS says whether the reference names AWS's own router image. A repository of one's own with that name may hold anything.
func (i image) fromAWS() bool {
	path, ok := strings.CutSuffix(i.repository, routerRepository)
	if !ok {
		return false
	}
	for _, r := range registries {
		organisation, ok := strings.CutSuffix(path, r.organisation+"/")
		published := r.organisation != "" && ok && (organisation == "" || strings.HasSuffix(organisation, "/"))
		regional := r.account != "" && path == "" && regionalHost(i.host, r.account)
		if published || regional {
			return true
		}
	}
	return false
}

// regionalHost says whether a host is the registry of an account in a Region. The Region and the domain may be placeholders.
func regionalHost(host, account string) bool {
	rest, ok := strings.CutPrefix(strings.TrimSuffix(host, ".cn"), account)
	rest, registry := strings.CutPrefix(rest, ".dkr.ecr.")
	region, domain, _ := strings.Cut(rest, ".")
	return ok && registry && region != "" && (domain == "amazonaws.com" || strings.HasPrefix(domain, "${"))
}

// fromECR says whether the reference names a private ECR registry, from which a pull needs credentials. Its account and Region may
// be placeholders.
func (i image) fromECR() bool {
	return strings.Contains(i.host, ".dkr.ecr") || strings.Contains(i.host, ".dkr-ecr.")
}

// upstream says whether the reference names the Fluent Bit project's own image.
func (i image) upstream() bool {
	switch i.host {
	case "", "docker.io", "index.docker.io", "cr.fluentbit.io", "ghcr.io":
		return i.repository == "fluent/fluent-bit"
	}
	return false
}

// variant says whether a part of the tag between dashes is that word: "init" in init-2.34.3 and init-arm64-2.31.8.
func (i image) variant(word string) bool {
	for part := range strings.SplitSeq(i.tag, "-") {
		if part == word {
			return true
		}
	}
	return false
}

// version is major, minor and patch.
type version [3]int

func (v version) before(w version) bool {
	for n := range v {
		if v[n] != w[n] {
			return v[n] < w[n]
		}
	}
	return false
}

// version reads a tag's numbers, and how many of the three it has: 0 of "stable", 1 of "3", 3 of "init-2.34.3.20260818", whose
// date marks a rebuild.
func (i image) version() (v version, parts int) {
	for part := range strings.SplitSeq(i.tag, "-") {
		if part == "" || part[0] < '0' || part[0] > '9' {
			continue
		}
		for number := range strings.SplitSeq(part, ".") {
			n, err := strconv.Atoi(number)
			if err != nil {
				return version{}, 0
			}
			if parts < len(v) {
				v[parts], parts = n, parts+1
			}
		}
		return v, parts
	}
	return v, 0
}

// lines are the lines of AWS's image that have an end, by major version; older ones have none left that is alive. The tags that
// name no version (latest, stable, init-latest) are builds of the line named unversionedLine.
var lines = []struct {
	major  int
	ends   time.Time
	next   string
	source string
}{
	{major: 2, ends: day(2026, 6, 30), next: "the tag 3, or a 3.4.x version", source: "https://github.com/aws/aws-for-fluent-bit/issues/1181"},
}

// unversionedLine is the line that latest, stable and init-latest are builds of (issues 1131, 1046 and 1181 of the repository: its
// maintainers had not decided to move them when 2.x ended).
const unversionedLine = 2

// knownBad are versions of AWS's image with a known fault: from the first on, before the second, judged from the day on which the
// source told of it, or a day by which it had. Faults in inputs that a task definition does not show (exec, tail, opentelemetry) are left out.
var knownBad = []struct {
	from, fixed version
	since       time.Time
	plugins     []string // only with one of these outputs; none means any
	severity    Severity
	fault       string
	source      string
}{
	{version{3, 4, 0}, version{3, 4, 9}, day(2026, 7, 23), []string{"cloudwatch_logs"}, High, "the cloudwatch_logs output crashes when a log stream is not found", "https://github.com/aws/aws-for-fluent-bit/issues/1164"},
	{version{3, 4, 0}, version{3, 4, 9}, day(2026, 7, 20), nil, Medium, "the forward input that FireLens uses can hang or use freed memory", "https://github.com/aws/aws-for-fluent-bit/pull/1176"},
	{version{2, 32, 1}, version{2, 32, 2}, day(2024, 3, 29), nil, Medium, "it was rolled back after problems were found in it", "https://github.com/aws/aws-for-fluent-bit/pull/804"},
	{version{2, 0, 0}, version{2, 32, 3}, day(2024, 10, 23), []string{"http"}, Medium, "the http output crashes now and then", "aws/aws-for-fluent-bit CHANGELOG.md 2.32.3"},
	{version{2, 0, 0}, version{2, 32, 0}, day(2023, 9, 29), nil, Medium, "an edge case of the network loses records and memory", "aws/aws-for-fluent-bit CHANGELOG.md 2.32.0"},
	{version{2, 0, 0}, version{2, 31, 6}, day(2023, 6, 1), []string{"cloudwatch"}, Medium, "records are lost where creating a log group or setting its retention fails", "aws/aws-for-fluent-bit CHANGELOG.md 2.31.6"},
	{version{2, 31, 0}, version{2, 31, 5}, day(2023, 6, 1), []string{"s3"}, Medium, "its changes to the s3 output were taken back as unstable", "aws/aws-for-fluent-bit CHANGELOG.md 2.31.4 and 2.31.5"},
	{version{2, 29, 0}, version{2, 31, 2}, day(2023, 2, 9), []string{"cloudwatch_logs"}, High, "the cloudwatch_logs output crashes where two outputs match one tag", "https://github.com/aws/aws-for-fluent-bit/issues/542"},
	{version{2, 29, 0}, version{2, 31, 3}, day(2023, 2, 9), nil, High, "connections that are kept alive can crash it", "https://github.com/aws/aws-for-fluent-bit/issues/542"},
	{version{2, 29, 0}, version{2, 29, 1}, day(2023, 1, 5), []string{"datadog"}, High, "the datadog output crashes and stops the task", "https://github.com/aws/aws-for-fluent-bit/issues/491"},
	{version{2, 0, 0}, version{2, 29, 0}, day(2023, 2, 9), []string{"cloudwatch_logs"}, Medium, "the cloudwatch_logs output can hang on the network", "https://github.com/aws/aws-for-fluent-bit/issues/542"},
	{version{2, 22, 0}, version{2, 23, 0}, day(2022, 2, 15), []string{"cloudwatch_logs"}, High, "the cloudwatch_logs output crashes, and may leak memory", "https://github.com/aws/aws-for-fluent-bit/issues/300"},
	{version{2, 21, 0}, version{2, 21, 2}, day(2021, 11, 15), nil, Medium, "it cannot fall back to the first version of the instance metadata service", "https://github.com/aws/aws-for-fluent-bit/pull/268"},
	{version{2, 16, 0}, version{2, 16, 1}, day(2021, 10, 29), nil, Medium, "it has known problems, and AWS asks to leave it", "aws/aws-for-fluent-bit CHANGELOG.md 2.16.1"},
	{version{2, 15, 0}, version{2, 15, 1}, day(2021, 6, 3), nil, High, "it crashes as it starts", "https://github.com/aws/aws-for-fluent-bit/issues/183"},
}

// toolless are the programs that health checks call and images lack, by version of the image: from the first on, before the second.
var toolless = []struct {
	of          func(image) bool
	from, until version
	lacks       string // "sh" is the shell that CMD-SHELL needs
	source      string
}{
	{of: image.fromAWS, until: version{1 << 30}, lacks: "wget", source: "https://github.com/aws/aws-for-fluent-bit/issues/462"},
	{of: image.fromAWS, from: version{3}, until: version{1 << 30}, lacks: "nc", source: "aws/aws-for-fluent-bit scripts/dockerfiles/runtime/Dockerfile.deps-al2023"},
	{of: image.fromAWS, from: version{3}, until: version{3, 0, 1}, lacks: "curl", source: "https://github.com/aws/aws-for-fluent-bit/pull/1026"},
	{of: image.upstream, until: version{1 << 30}, lacks: "sh", source: "https://github.com/fluent/fluent-bit-docker-image/issues/34"},
	{of: image.upstream, until: version{1 << 30}, lacks: "curl", source: "https://github.com/fluent/fluent-bit-docker-image/issues/34"},
	{of: image.upstream, until: version{1 << 30}, lacks: "wget", source: "https://github.com/fluent/fluent-bit-docker-image/issues/34"},
	{of: image.upstream, until: version{1 << 30}, lacks: "nc", source: "https://github.com/fluent/fluent-bit-docker-image/issues/34"},
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}
