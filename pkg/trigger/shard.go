package trigger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
)

// shardVersion is the version of shardDetail.
const shardVersion = "2"

// Step says what a part of a sweep does.
type Step string

// The steps. Those down to definitions list and send further parts; the others look at what was listed.
const (
	StepAccount     Step = "account"     // list the clusters
	StepServices    Step = "services"    // list services of a cluster, from a token on
	StepTasks       Step = "tasks"       // list tasks of a cluster, from a token on
	StepEventRules  Step = "event-rules" // list the event buses, or what rules of one start, from a token on
	StepSchedules   Step = "schedules"   // list what schedules start, from a token on
	StepDefinitions Step = "definitions" // list active revisions, from a token on
	StepRevisions   Step = "revisions"   // judge revisions ("web:3") that are in use, or active
	StepLatest      Step = "latest"      // judge revisions that are the latest of their families
	StepListed      Step = "listed"      // all is listed: send what is to be judged by it
	StepGroups      Step = "groups"      // judge security groups
	StepGone        Step = "gone"        // judge families that have no active revision any more
)

var steps = map[Step]bool{
	StepAccount: true, StepServices: true, StepTasks: true, StepEventRules: true, StepSchedules: true, StepDefinitions: true, StepRevisions: true,
	StepLatest: true, StepListed: true, StepGroups: true, StepGone: true,
}

// Part is a part of a sweep: a step, and what it is about.
type Part struct {
	Step Step `json:"step"`
	// Cluster is the name of the cluster that is listed, Bus that of the event bus, Token where its listing goes on; "" is its beginning.
	Cluster string `json:"cluster,omitempty"`
	Bus     string `json:"bus,omitempty"`
	Token   string `json:"token,omitempty"`
	// After is the latest revision ("web:3") so far of the family at which a listing of definitions has come to.
	After     string   `json:"after,omitempty"`
	Families  []string `json:"families,omitempty"`
	Groups    []string `json:"groups,omitempty"`
	Revisions []string `json:"revisions,omitempty"` // "web:3"
}

// ID is 16 hex digits over all that a part says: the same part, however often it is sent, counts once.
func (p Part) ID() string {
	raw, _ := json.Marshal(p) // texts only
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

type shardDetail struct {
	Version string `json:"version"`
	Sweep   string `json:"sweep"`
	Part
}

// ShardMessage is a part of a sweep, for the sweep queue.
func ShardMessage(sweep string, p Part) (Message, error) {
	return own(DetailTypeShard, shardDetail{Version: shardVersion, Sweep: sweep, Part: p})
}

var (
	revisionForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}:[1-9][0-9]{0,9}$`)
	busForm      = regexp.MustCompile(`^[/.A-Za-z0-9_-]{1,256}$`)
	tokenForm    = regexp.MustCompile(`^[!-~]*$`)
)

// readShard takes parts that name nothing, too: a sweep counts the parts that are done.
func readShard(m message, e *Event) error {
	var d shardDetail
	if err := strictly(&d, m.Detail, &d.Version, shardVersion); err != nil {
		return err
	}
	e.Kind, e.SweepID, e.Part = Shard, d.Sweep, d.Part
	switch {
	case !sweepForm.MatchString(d.Sweep):
		return malformed("detail.sweep is no id of a sweep")
	case !steps[d.Step]:
		return malformed("detail.step is no step of a sweep")
	case d.Cluster != "" && !familyForm.MatchString(d.Cluster): // the same letters
		return malformed("detail.cluster is no name of a cluster")
	case d.Bus != "" && !busForm.MatchString(d.Bus):
		return malformed("detail.bus is no name of an event bus")
	case !tokenForm.MatchString(d.Token):
		return malformed("detail.token is no token")
	case d.After != "" && !revisionForm.MatchString(d.After):
		return malformed("detail.after is no revision of a task definition")
	}
	return d.names()
}

// names says which of the names of a part has no form of one.
func (p Part) names() error {
	for _, list := range []struct {
		of   []string
		form *regexp.Regexp
		not  string
	}{
		{p.Families, familyForm, "detail.families is no family of task definitions"},
		{p.Groups, groupForm, "detail.groups is no id of a security group"},
		{p.Revisions, revisionForm, "detail.revisions is no revision of a task definition"},
	} {
		for _, name := range list.of {
			if !list.form.MatchString(name) {
				return malformed(list.not)
			}
		}
	}
	return nil
}
