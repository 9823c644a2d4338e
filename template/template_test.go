package template

import (
	"fmt"
	"testing"
)

// assertion is one thing that the translated template must have. Its check returns what is wrong, a line each.
type assertion struct {
	name  string
	check func(document) complaints
}

type complaints []string

func (c *complaints) add(format string, args ...any) { *c = append(*c, fmt.Sprintf(format, args...)) }

var assertions = []assertion{
	// Delivery.
	{"targets are queues", targetsAreQueues},
	{"queue policies let in the rules that target them, and nobody else", queuePoliciesLetRulesIn},
	{"targets have dead-letter queues", targetsHaveDeadLetterQueues},
	{"dead-letter queues let in the rules that use them", deadLetterPoliciesLetRulesIn},
	{"queues feed their functions", queuesFeedFunctions},
	{"visibility is six times the timeout and the window", visibilityOutlastsRetries},
	{"queues redrive after five receives or more", queuesRedrive},
	{"mappings report batch item failures", mappingsReportFailures},
	{"mappings have a batching window", mappingsHaveWindows},
	{"mappings limit concurrency", mappingsLimitConcurrency},
	{"the bus goes by its name", busByName},
	{"the schedule sends the sweep message", scheduleSendsSweep},
	// Keeping and telling.
	{"encryption leaves EventBridge, SNS and alarms able to send", encryptionIsUsable},
	{"alarms may publish", alarmsMayPublish},
	{"dead-letter queues have alarms", deadLetterQueuesHaveAlarms},
	{"the table is the ledger's", tableIsLedgers},
	{"logs are kept for a set time", logsHaveRetention},
	{"mail only where asked for", mailIsOptional},
	{"chat only where asked for", chatIsOptional},
	{"rollout only where allowed", rolloutIsOptional},
	{"a policy's parameter only where named", parameterIsOptional},
	{"configuration files only where allowed", configsAreOptional},
	{"monitoring only where asked for", monitoringIsOptional},
	{"alarms watch what is counted", alarmsWatchWhatIsCounted},
	{"the dashboard shows what is counted", dashboardShowsWhatIsCounted},
	// Functions.
	{"functions run on Graviton and provided.al2023", functionsRunOnGraviton},
	{"environments are complete", environmentsAreComplete},
	// Permissions.
	{"no action has a wildcard", noWildcardActions},
	{"functions have the actions they need and no others", actionsAreNeeded},
	{"all resources only where an action knows none", resourcesAreScoped},
	{"roles are passed to ECS tasks only", rolesArePassedToTasks},
	{"tags only on what is being made", tagsOnCreationOnly},
	{"findings are the only events", findingsAreTheOnlyEvents},
	{"only Lambda takes the roles, and they have no other policies", rolesAreLambdas},
	// Anywhere.
	{"the partition is not spelled out", partitionIsVariable},
	{"no physical names", noPhysicalNames},
}

func TestTemplate(t *testing.T) {
	d := translate(t)
	for _, a := range assertions {
		t.Run(a.name, func(t *testing.T) {
			for _, complaint := range a.check(d) {
				t.Error(complaint)
			}
		})
	}
}
