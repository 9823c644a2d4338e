package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/firewarden/firewarden/pkg/rules"
)

// Tally counts findings by how they stand; each counts once in one of the four.
type Tally struct {
	// Standing are neither mended nor gone. What a corrected revision mends stands while the old one runs.
	Standing int `json:"standing"`
	// Suppressed are exempt, Unknown those of which the rule cannot tell whether they are there, Ended mended or gone.
	Suppressed int `json:"suppressed"`
	Unknown    int `json:"unknown"`
	Ended      int `json:"ended"`
}

func (t *Tally) add(o Tally) {
	t.Standing += o.Standing
	t.Suppressed += o.Suppressed
	t.Unknown += o.Unknown
	t.Ended += o.Ended
}

func (t Tally) all() int { return t.Standing + t.Suppressed + t.Unknown + t.Ended }

// User is who runs what a finding is about.
type User struct {
	// By is "service", "task", "container instance", "schedule" or "EventBridge rule"; NobodyRuns or NotKnown where there is none to name.
	By string `json:"by"`
	// Cluster is empty for a task. Name is the service's, the task's id, or EC2's id of the instance.
	Cluster string `json:"cluster"`
	Name    string `json:"name"`
}

// What By says where there is nobody to name.
const (
	NobodyRuns = "nobody"
	NotKnown   = "not known"
)

// UserOf reads a user as findings name it: "service prod/web", "task 0123", "container instance prod/i-0a".
func UserOf(text string) User {
	at := strings.LastIndexByte(text, ' ')
	u := User{By: text[:max(at, 0)], Name: text[at+1:]}
	if cluster, name, ok := strings.Cut(u.Name, "/"); ok {
		u.Cluster, u.Name = cluster, name
	}
	return u
}

// Counted is a finding as far as it is counted.
type Counted struct {
	Tally    Tally // one of its numbers is 1
	Rule     string
	Severity rules.Severity
	Status   string
	// Users and Families are where the finding matters, each once. It counts once for each of them.
	Users    []User
	Families []string
}

// Totals are the numbers of a report. All lists are in a fixed order, and never null.
type Totals struct {
	Findings int `json:"findings"`
	Tally
	ByStatus   []StatusTally   `json:"by_status"`
	BySeverity []SeverityTally `json:"by_severity"`
	ByRule     []RuleTally     `json:"by_rule"`
	ByCluster  []ClusterTally  `json:"by_cluster"`
	ByUser     []UserTally     `json:"by_user"`
	ByFamily   []FamilyTally   `json:"by_family"`
}

// StatusTally is how many findings have a status.
type StatusTally struct {
	Status   string `json:"status"`
	Findings int    `json:"findings"`
}

// SeverityTally counts the findings of a severity.
type SeverityTally struct {
	Severity rules.Severity `json:"severity"`
	Tally
}

// RuleTally counts the findings of a rule.
type RuleTally struct {
	Rule  string `json:"rule"`
	Title string `json:"title"`
	Tally
}

// ClusterTally counts the findings that matter in a cluster, each once; Cluster is empty for those that matter in none, or for which
// none is known.
type ClusterTally struct {
	Cluster string `json:"cluster"`
	Tally
}

// UserTally counts the findings that matter to a user.
type UserTally struct {
	User
	Tally
}

// FamilyTally counts the findings that matter to a family; Family is empty where none is known.
type FamilyTally struct {
	Family string `json:"family"`
	Tally
}

// Total counts findings.
func Total(all []Counted) Totals {
	statuses, ruled, clusters, families := tallies[string]{}, tallies[string]{}, tallies[string]{}, tallies[string]{}
	severities, users := tallies[rules.Severity]{}, tallies[User]{}
	t := Totals{Findings: len(all)}
	for _, f := range all {
		t.add(f.Tally)
		statuses.add(f.Tally, f.Status)
		severities.add(f.Tally, f.Severity)
		ruled.add(f.Tally, f.Rule)
		clusters.add(f.Tally, clustersOf(f.Users)...)
		users.add(f.Tally, f.Users...)
		families.add(f.Tally, orNone(f.Families)...)
	}
	t.ByStatus = rows(statuses, strings.Compare, func(s string, n Tally) StatusTally { return StatusTally{s, n.all()} })
	t.BySeverity = rows(severities, bySeverity, func(s rules.Severity, n Tally) SeverityTally { return SeverityTally{s, n} })
	t.ByRule = rows(ruled, strings.Compare, func(id string, n Tally) RuleTally { return RuleTally{id, title(id), n} })
	t.ByCluster = rows(clusters, strings.Compare, func(c string, n Tally) ClusterTally { return ClusterTally{c, n} })
	t.ByUser = rows(users, byUser, func(u User, n Tally) UserTally { return UserTally{u, n} })
	t.ByFamily = rows(families, strings.Compare, func(f string, n Tally) FamilyTally { return FamilyTally{f, n} })
	return t
}

// tallies count findings by one of their properties.
type tallies[K comparable] map[K]Tally

func (t tallies[K]) add(n Tally, keys ...K) {
	for _, k := range keys {
		sum := t[k]
		sum.add(n)
		t[k] = sum
	}
}

// rows are tallies in an order, as what a report has of them; not nil.
func rows[K comparable, R any](t tallies[K], order func(a, b K) int, row func(K, Tally) R) []R {
	all := make([]R, 0, len(t))
	for _, k := range slices.SortedFunc(maps.Keys(t), order) {
		all = append(all, row(k, t[k]))
	}
	return all
}

func bySeverity(a, b rules.Severity) int { return a.Rank() - b.Rank() }

func byUser(a, b User) int {
	return cmp.Or(strings.Compare(a.Cluster, b.Cluster), strings.Compare(a.By, b.By), strings.Compare(a.Name, b.Name))
}

// title is a rule's, "" where this version knows no such rule.
func title(id string) string {
	r, _ := rules.Find(id)
	return r.Title
}

// clustersOf are the users' clusters, each once; "" where they have none.
func clustersOf(users []User) []string {
	var found []string
	for _, u := range users {
		if u.Cluster != "" && !slices.Contains(found, u.Cluster) {
			found = append(found, u.Cluster)
		}
	}
	return orNone(found)
}

func orNone(names []string) []string {
	if len(names) == 0 {
		return []string{""}
	}
	return names
}
