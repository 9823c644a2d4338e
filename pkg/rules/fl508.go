package rules

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func fl508() Rule {
	return Rule{
		ID:       "FL508",
		Title:    "A read-only root file system stops this router",
		Severity: High,
		Mode:     Report,
		Kind:     KindDefinition,
		Needs:    NeedsDefinition,
		Doc: Doc{
			What: "The router has readonlyRootFilesystem true, and no writable mount where it has to write: the s3 output's store_dir (by default /tmp/fluent-bit/s3), or the init process's /init (from 2.33.0 on, /init or /tmp).",
			Why: "The s3 output keeps its data on disk before it uploads, and fails to start without a writable directory: Fluent Bit ends, and an essential router takes the task with it. The init process writes the " +
				"configuration that it puts together, and ends where it cannot.",
			Fix: "None: which volume is right is not in the definition. Mount an empty volume at that directory (on Fargate a bind mount; a tmpfs on EC2), and keep the root file system read-only.",
			Silent: "Where the root file system is writable; where a mount that is not read-only, or a tmpfs, is at the directory or above it; where the router takes its volumes from another container; for outputs " +
				"that keep their data in memory: socket and configuration are mounts. Unknown where a file does not tell the root file system or the mounts.",
			Sources: []string{
				srcContainer, srcS3, srcInit, "https://github.com/aws/aws-for-fluent-bit/issues/928", "https://github.com/aws/aws-for-fluent-bit/issues/824",
				"https://github.com/fluent/fluent-bit/issues/7308",
			},
		},
		Check: onDefinition(func(d Definition, _ Params) []Finding {
			router := d.theRouter()
			if router == nil || router.FirelensConfiguration.Type != fluentBit || len(router.VolumesFrom) > 0 {
				return nil
			}
			why := d.whyAt(router, "readonlyRootFilesystem")
			if why == "" && (router.ReadonlyRootFilesystem == nil || !*router.ReadonlyRootFilesystem) {
				return nil
			}
			return d.stuck(router, why)
		}),
	}
}

// stuck are the findings of a router whose root file system is read-only, or may be: one, with each need for a directory as its evidence.
func (d Definition) stuck(router *types.ContainerDefinition, why string) []Finding {
	var needs []string
	if need := initWrites(router); need != "" {
		needs = append(needs, need)
	}
	for i := range d.Task.ContainerDefinitions {
		if o, ok := outputOf(router, &d.Task.ContainerDefinitions[i]); ok && o.is("s3") && !writable(router, o.storeDir()) {
			needs = append(needs, fmt.Sprintf("the s3 output of container %s writes to its store_dir", str(o.client.Name)))
		}
	}
	path := Path(str(router.Name), "readonlyRootFilesystem")
	switch {
	case len(needs) == 0:
		return nil
	case why != "":
		return d.unknown("FL508", path, why)
	}
	for _, field := range []string{"mountPoints", "linuxParameters", "volumesFrom"} {
		if unknown := d.unknownAt("FL508", router, field); unknown != nil {
			return unknown
		}
	}
	f := d.finding("FL508", High, path, fmt.Sprintf("router %s has a read-only root file system, and %s", str(router.Name), needs[0]))
	f.Evidence = some(needs)
	return []Finding{f}
}

// initWrites says where the init process has to write and cannot: "" where the router has none, or it can.
func initWrites(router *types.ContainerDefinition) string {
	i := parseImage(str(router.Image))
	if !i.fromAWS() || !i.variant("init") || ownStart(router) || writable(router, "/init") {
		return ""
	}
	if v, parts := i.version(); parts == len(v) && v.before(initInTmp) {
		return "the init process writes to /init"
	}
	if writable(router, "/tmp/init") {
		return ""
	}
	return "the init process writes to /init, or else to /tmp"
}

// initInTmp is the first version whose init process turns to /tmp (CHANGELOG.md 2.33.0 of aws/aws-for-fluent-bit).
var initInTmp = version{2, 33, 0}

// storeDir is where the s3 output keeps its data.
func (o output) storeDir() string {
	if dir := o.option("store_dir"); dir != "" {
		return dir
	}
	return "/tmp/fluent-bit/s3"
}

// writable says whether a mount that can be written to is at a directory, or the nearest above it.
func writable(router *types.ContainerDefinition, dir string) bool {
	nearest, can := -1, false
	for i := range router.MountPoints {
		m := &router.MountPoints[i]
		if at := str(m.ContainerPath); holds(at, dir) && len(at) > nearest {
			nearest, can = len(at), m.ReadOnly == nil || !*m.ReadOnly
		}
	}
	if router.LinuxParameters != nil {
		for i := range router.LinuxParameters.Tmpfs {
			can = can || holds(str(router.LinuxParameters.Tmpfs[i].ContainerPath), dir)
		}
	}
	return can
}

// holds says whether a directory is another or above it.
func holds(above, dir string) bool {
	above = strings.TrimSuffix(above, "/")
	return dir == above || strings.HasPrefix(dir, above+"/")
}
