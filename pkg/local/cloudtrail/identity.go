package cloudtrail

import (
	"strings"
	"sync"
	"time"
)

// identities says whose an access key is. Keys that nobody made known belong to one IAM user: moto takes any.
type identities struct {
	mu      sync.Mutex
	account string
	known   map[string]string // access key to ARN
}

func (i *identities) know(accessKey, arn string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.known == nil {
		i.known = map[string]string{}
	}
	i.known[accessKey] = arn
}

func (i *identities) arn(accessKey string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if arn := i.known[accessKey]; arn != "" {
		return arn
	}
	return "arn:aws:iam::" + i.account + ":user/operator"
}

// userIdentity is the record's element of that name for an IAM user or an assumed role's session.
func userIdentity(account, accessKey, arn string, now time.Time) map[string]any {
	parts := strings.Split(arn[strings.LastIndex(arn, ":")+1:], "/")
	if parts[0] == "assumed-role" && len(parts) == 3 {
		return sessionIdentity(account, accessKey, arn, now)
	}
	return map[string]any{
		"type": "IAMUser", "principalId": "AIDA" + accessKey[min(4, len(accessKey)):], "arn": arn, "accountId": account,
		"accessKeyId": accessKey, "userName": parts[len(parts)-1],
	}
}

func sessionIdentity(account, accessKey, arn string, now time.Time) map[string]any {
	parts := strings.Split(arn, "/")
	role, session := parts[len(parts)-2], parts[len(parts)-1]
	id := "AROA" + accessKey[min(4, len(accessKey)):]
	return map[string]any{
		"type": "AssumedRole", "principalId": id + ":" + session, "arn": arn, "accountId": account, "accessKeyId": accessKey,
		"sessionContext": map[string]any{
			"sessionIssuer": map[string]any{
				"type": "Role", "principalId": id, "arn": "arn:aws:iam::" + account + ":role/" + role, "accountId": account, "userName": role,
			},
			"attributes": map[string]any{"creationDate": now.Format(time.RFC3339), "mfaAuthenticated": "false"},
		},
	}
}
