package trigger

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Service is an ECS service.
type Service struct {
	// Cluster is the cluster's short name. It is empty where an ARN of the old form, without a cluster, is all there is.
	Cluster string
	Name    string
}

// String is "cluster/name", or the name alone.
func (s Service) String() string { return strings.TrimPrefix(s.Cluster+"/"+s.Name, "/") }

// The forms of a cluster and of a service: short names or ARNs, a service's with or without its cluster.
var (
	clusterForm = regexp.MustCompile(`^(?:arn:[a-z0-9-]+:ecs:[a-z0-9-]+:[0-9]+:cluster/)?([A-Za-z0-9_-]{1,255})$`)
	serviceForm = regexp.MustCompile(`^(?:arn:[a-z0-9-]+:ecs:[a-z0-9-]+:[0-9]+:service/)?(?:([A-Za-z0-9_-]{1,255})/)?([A-Za-z0-9_-]{1,255})$`)
)

// placed is what the halves of CreateService, UpdateService, CreateTaskSet and UpdateServicePrimaryTaskSet say of a service or of
// a task set. The request names its service as service or, when it makes one, as serviceName.
type placed struct {
	Cluster     string `json:"cluster"`
	ClusterARN  string `json:"clusterArn"`
	Service     string `json:"service"`
	ServiceName string `json:"serviceName"`
	ServiceARN  string `json:"serviceArn"`
	Definition  string `json:"taskDefinition"`
	Network     struct {
		// VPC is nil where the tasks have no interfaces of their own: ECS refuses awsvpc without it.
		VPC *struct {
			Groups []string `json:"securityGroups"`
		} `json:"awsvpcConfiguration"`
	} `json:"networkConfiguration"`
}

func (p placed) groups() []string {
	if p.Network.VPC == nil {
		return nil
	}
	return p.Network.VPC.Groups
}

type placedResponse struct {
	Service placed `json:"service"`
	TaskSet placed `json:"taskSet"`
}

// placed is the service's or the task set's, whichever the call answers.
func (r placedResponse) placed() placed {
	if r.TaskSet.ServiceARN != "" || r.TaskSet.Definition != "" {
		return r.TaskSet
	}
	return r.Service
}

// readService names the definition and the groups that the request sets, else those that the response says the service has. It
// names the service itself only where one of both is not told, so that it is looked up.
func readService(m message, e *Event) error {
	var req placed
	var answer placedResponse
	sure := fill(&req, m.record.Request)
	sure = fill(&answer, m.record.Response) && sure && !cut(m.Detail)
	resp := answer.placed()
	e.Kind = Placement
	if sure && onlyCounts(m.record) {
		e.ignore(reasonCount)
		return nil
	}
	if definition := told(req.Definition, resp.Definition); definition != "" {
		if _, err := e.addDefinition("detail.requestParameters.taskDefinition", definition); err != nil {
			return err
		}
	}
	for _, id := range slices.Concat(req.groups(), resp.groups()) {
		if id == hidden {
			continue
		}
		if err := e.addGroup("detail.requestParameters.networkConfiguration.awsvpcConfiguration.securityGroups", id); err != nil {
			return err
		}
	}
	name, cluster := told(req.Service, req.ServiceName, resp.ServiceARN), told(req.Cluster, resp.ClusterARN, "default")
	if sure && len(e.Families) > 0 && (len(e.Groups) > 0 || groupless(m.record, req, resp)) {
		if s, what := serviceOf(name, cluster); what == "" {
			e.About = []Service{s}
		}
		return nil
	}
	return e.addService("detail.requestParameters.service", name, cluster)
}

// groupless says whether a service or task set surely has no groups: the half that describes all of it has no awsvpc
// configuration. A request does only where it makes one; a change's names what changes.
func groupless(r record, req, resp placed) bool {
	whole := resp
	if whole.Definition == "" && strings.HasPrefix(r.EventName, "Create") {
		whole = req
	}
	return whole.Definition != "" && whole.Network.VPC == nil
}

// onlyCounts says whether an update sets the number of tasks and nothing else, as auto scaling does all day.
func onlyCounts(r record) bool {
	var sent map[string]json.RawMessage
	if r.EventName != "UpdateService" || !fill(&sent, r.Request) || sent["desiredCount"] == nil {
		return false
	}
	for key := range sent {
		if key != "cluster" && key != "service" && key != "desiredCount" {
			return false
		}
	}
	return true
}

// addService adds a service once. ref is a name or an ARN; cluster, likewise, counts where ref does not tell it, and may be
// empty.
func (e *Event) addService(path, ref, cluster string) error {
	if ref == "" {
		return missing(path)
	}
	s, what := serviceOf(ref, cluster)
	if what != "" {
		return malformed(path + what)
	}
	if !slices.Contains(e.Services, s) {
		e.Services = append(e.Services, s)
	}
	return nil
}

// serviceOf is the service of a name or ARN; what says what is wrong with it.
func serviceOf(ref, cluster string) (s Service, what string) {
	parts := serviceForm.FindStringSubmatch(ref)
	if parts == nil {
		return s, " is no service"
	}
	s = Service{Cluster: parts[1], Name: parts[2]}
	if s.Cluster == "" && cluster != "" {
		named := clusterForm.FindStringSubmatch(cluster)
		if named == nil {
			return s, " is in no cluster"
		}
		s.Cluster = named[1]
	}
	return s, ""
}
