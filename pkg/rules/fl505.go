package rules

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl505() Rule {
	return Rule{
		ID:       "FL505",
		Title:    "A moving tag, an ended line or a known-bad version of aws-for-fluent-bit",
		Severity: Medium,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The router runs AWS's own image by a tag that moves (stable, latest, init-latest, 3, or none), of a line that has ended (2.x on 2026-06-30), or of a version with a known fault in what this definition uses.",
			Why: "The image's maintainers: \"You should lock your deployments to a specific version tag.\" A moving tag changes the router on some deployment that changed nothing else; 2.32.1 was rolled back within days. stable, " +
				"latest and init-latest are builds of 2.x, Fluent Bit 1.9.10 on Amazon Linux 2, for which updates stop. In 3.4.0 to 3.4.8 the cloudwatch_logs output crashes when a log stream is not found; where the router " +
				"is not essential, logs are lost from then on without a sign. Severity is that of the gravest of these: low for a moving tag alone, medium for an ended line, as the fault's for a version.",
			Fix: "None: a new version, above all from 2.x to 3.x, wants a test. Pin a version of 3.4.x, or a digest.",
			Silent: "For images that are not AWS's, also copies in repositories of one's own; for a reference by digest, whose tag is judged as a version only; for faults that lie in an output or input which the definition does not " +
				"show; without a date, for all that is dated. Unknown where a placeholder hides the repository or the tag.",
			Sources: []string{
				"https://github.com/aws/aws-for-fluent-bit#using-the-stable-tag", "https://github.com/aws/aws-for-fluent-bit/issues/1181", "https://github.com/aws/aws-for-fluent-bit/issues/1164",
				"aws/aws-for-fluent-bit CHANGELOG.md",
			},
		},
		Check: onDefinition(func(d Definition, p Params) []Finding {
			var found []Finding
			for i := range d.Task.ContainerDefinitions {
				if c := &d.Task.ContainerDefinitions[i]; isRouter(c) {
					found = append(found, d.image(c, p)...)
				}
			}
			return found
		}),
	}
}

// image is what a router's image gives rise to: one finding, with what is wrong as its evidence.
func (d Definition) image(router *types.ContainerDefinition, p Params) []Finding {
	i := parseImage(str(router.Image))
	if why := d.whyAt(router, "image"); why != "" && i.hidden() {
		return d.unknown("FL505", Path(str(router.Name), "image"), why)
	}
	if !i.fromAWS() {
		return nil
	}
	faults := append(i.ended(p), d.knownFaults(router, i, p)...)
	if moving := i.moving(); moving != "" {
		faults = append(faults, fault{Low, moving})
	}
	if len(faults) == 0 {
		return nil
	}
	worst := faults[0]
	var evidence []string
	for _, f := range faults {
		if f.severity.Rank() < worst.severity.Rank() {
			worst = f
		}
		evidence = append(evidence, f.what)
	}
	f := d.finding("FL505", worst.severity, Path(str(router.Name), "image"), fmt.Sprintf("router %s runs %s: %s", str(router.Name), str(router.Image), worst.what))
	f.Evidence = evidence
	return []Finding{f}
}

type fault struct {
	severity Severity
	what     string
}

// hidden says whether a placeholder keeps from telling if the image is AWS's, or which version it is.
func (i image) hidden() bool {
	if i.repository == "" || strings.HasPrefix(i.host, "{{") { // a template computes it, or Parameter Store has it
		return true
	}
	last := i.repository[strings.LastIndexByte(i.repository, '/')+1:]
	if fillIn(last) || fillIn(i.host) && last == routerRepository && !i.fromAWS() {
		return true
	}
	return last == routerRepository && i.digest == "" && fillIn(i.repository+i.tag)
}

// moving says that the tag names no full version, unless a digest does: "" where it does.
func (i image) moving() string {
	if _, parts := i.version(); parts == len(version{}) || i.digest != "" {
		return ""
	}
	if i.tag == "" {
		return "no tag means latest, which moves"
	}
	return "the tag " + i.tag + " moves"
}

// ended are the lines that ended by today, none or one.
func (i image) ended(p Params) []fault {
	v, parts := i.version()
	major, unversioned := v[0], parts == 0 && i.digest == ""
	if unversioned {
		major = unversionedLine
	} else if parts == 0 {
		return nil
	}
	for _, l := range lines {
		if major > l.major || p.Today.IsZero() || p.Today.Before(l.ends) {
			continue
		}
		what := fmt.Sprintf("the %d.x line ended on %s; use %s", l.major, l.ends.Format("2006-01-02"), l.next)
		if unversioned {
			what = fmt.Sprintf("it is a build of the %d.x line (as of July 2026), which ended on %s; use %s", l.major, l.ends.Format("2006-01-02"), l.next)
		}
		return []fault{{Medium, what}}
	}
	return nil
}

// knownFaults are the faults of a version that were known by today and concern what the definition uses.
func (d Definition) knownFaults(router *types.ContainerDefinition, i image, p Params) []fault {
	v, parts := i.version()
	if parts < len(v) || p.Today.IsZero() {
		return nil
	}
	var found []fault
	for n := range knownBad {
		b := &knownBad[n]
		if v.before(b.from) || !v.before(b.fixed) || p.Today.Before(b.since) || !d.outputsTo(router, b.plugins) {
			continue
		}
		found = append(found, fault{b.severity, fmt.Sprintf("%s; fixed in %d.%d.%d (%s)", b.fault, b.fixed[0], b.fixed[1], b.fixed[2], b.source)})
	}
	return found
}

// outputsTo says whether a client's output is one of the plugins, or none is asked for.
func (d Definition) outputsTo(router *types.ContainerDefinition, plugins []string) bool {
	if len(plugins) == 0 {
		return true
	}
	for i := range d.Task.ContainerDefinitions {
		if o, ok := outputOf(router, &d.Task.ContainerDefinitions[i]); ok && o.isOneOf(plugins) {
			return true
		}
	}
	return false
}
