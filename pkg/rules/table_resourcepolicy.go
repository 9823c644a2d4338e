package rules

const srcServicesWithIAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html"

// resourcePolicies are the resources of the actions here whose own policies may allow a role what its policies do not.
var resourcePolicies = []struct {
	service string // of the resource's ARN
	what    string
	// sameAccount says that it suffices within the role's account only; from another, the role's own policies must allow it too.
	sameAccount bool
	source      string
}{
	{service: "s3", what: "the bucket's policy", source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html"},
	{service: "es", what: "the domain's access policy", sameAccount: true, source: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html"},
	{service: "kinesis", what: "the stream's policy", sameAccount: true, source: "https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html"},
	{service: "aps", what: "the workspace's policy", sameAccount: true, source: srcServicesWithIAM},
	{service: "secretsmanager", what: "the secret's policy", sameAccount: true, source: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html"},
	{service: "ecr", what: "the repository's policy", sameAccount: true, source: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html"},
	{service: "iam", what: "the other role's trust policy", sameAccount: true, source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"},
}
