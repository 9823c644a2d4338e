package iampolicy

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// Request is a call of SimulatePrincipalPolicy.
type Request struct {
	Source             string // the ARN of a role
	Actions, Resources []string
	Context            map[string][]string // values by condition key
	// ResourcePolicy says that one is given.
	ResourcePolicy bool
	// MaxItems is 0 where it is not given.
	MaxItems int
	Marker   string
}

// Refusal is an error as IAM names it.
type Refusal struct{ Code, Message string }

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// Refuse makes a refusal.
func Refuse(code, message string, args ...any) *Refusal {
	return &Refusal{code, fmt.Sprintf(message, args...)}
}

var (
	entityForm = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:(role|user|group)/\S+$`)
	actionForm = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+$`)
	arnForm    = regexp.MustCompile(`^(\*|arn:[a-z*-]+:[a-z0-9-]+:[a-z0-9*-]*:[0-9*]*:.+)$`)
)

const (
	usualPage   = 100
	mostAPage   = 1000
	longestARN  = 2048
	longestName = 128
)

// Refused is what IAM does not take: nil for a request that it does.
func (q Request) Refused() *Refusal {
	switch {
	case !entityForm.MatchString(q.Source):
		return Refuse("InvalidInput", "Invalid Entity Arn: %s", q.Source)
	case len(q.Actions) == 0:
		return Refuse("ValidationError", "actionNames must not be empty")
	case q.ResourcePolicy:
		return Refuse("InvalidInput", "Simulation of resource-based policies isn't supported for IAM roles.")
	case q.MaxItems < 0 || q.MaxItems > mostAPage:
		return Refuse("ValidationError", "maxItems is %d", q.MaxItems)
	}
	for _, a := range q.Actions {
		if !actionForm.MatchString(a) || len(a) > longestName {
			return Refuse("InvalidInput", "Invalid action name: %s", a)
		}
	}
	for _, r := range q.Resources {
		if !arnForm.MatchString(r) || len(r) > longestARN {
			return Refuse("InvalidInput", "Invalid resource ARN: %s", r)
		}
	}
	return nil
}

// Page cuts the results' page that is asked for; next is the marker of the one after it, the index of its first, "" for none.
func (q Request) Page(all []types.EvaluationResult) (page []types.EvaluationResult, next string, refused *Refusal) {
	from, size := 0, usualPage
	if q.MaxItems > 0 {
		size = q.MaxItems
	}
	if q.Marker != "" {
		at, err := strconv.Atoi(q.Marker)
		if err != nil || at < 0 || at >= len(all) {
			return nil, "", Refuse("InvalidInput", "Invalid Marker: %s", q.Marker)
		}
		from = at
	}
	if from+size < len(all) {
		next = strconv.Itoa(from + size)
	}
	return all[from:min(from+size, len(all))], next, nil
}
