package rules

// All returns the rule book, by id. The slice is the caller's own.
func All() []Rule {
	return []Rule{
		fl101(), fl102(), fl103(), fl104(), fl105(), fl106(), fl201(), fl202(), fl203(), fl204(), fl205(),
		fl301(), fl302(), fl303(), fl304(), fl305(), fl306(), fl307(), fl308(), fl309(), fl310(), fl311(), fl312(), fl313(), fl314(),
		fl401(), fl402(), fl403(), fl404(), fl501(), fl502(), fl503(), fl504(), fl505(), fl506(), fl507(), fl508(), fl509(), fl510(),
	}
}

// Find returns the rule of that id.
func Find(id string) (Rule, bool) {
	for _, r := range All() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

// Where the facts come from. URLs of AWS's own pages; code and threads by repository and place.
const (
	srcGuide       = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html"
	srcTaskDef     = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef.html"
	srcModifySGR   = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html"
	srcPortMap     = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html"
	srcDependency  = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html"
	srcContainer   = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
	srcFirelens    = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_FirelensConfiguration.html"
	srcHealthCheck = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html"
	srcAgentConf   = "aws/amazon-ecs-agent agent/taskresource/firelens/firelensconfig_unix.go (generated listener per network mode)"
	srcAgentTask   = "aws/amazon-ecs-agent agent/api/task/task.go addFirelensContainerDependency"
	srcAgentLinks  = "aws/amazon-ecs-agent agent/api/task/task.go initializeContainerOrdering (links and volumesFrom become dependencies first)"
	srcBuiltIn     = "aws/aws-for-fluent-bit configs/ (HTTP_Server On, HTTP_Listen 0.0.0.0, HTTP_Port 2020)"
	srcInit        = "aws/aws-for-fluent-bit use_cases/init-process-for-fluent-bit/README.md"
	srcFLBForward  = "fluent/fluent-bit plugins/in_forward/fw_config.c (the forward input listens on 0.0.0.0:24224 unless told otherwise)"
	srcMonitoring  = "https://docs.fluentbit.io/manual/administration/monitoring"
	srcFluentd     = "fluent/fluentd lib/fluent/plugin/in_forward.rb (UDP heartbeat socket on the same port)"
)
