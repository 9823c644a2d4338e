package cloudtrail

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strings"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// exchange is a call with its answer, all that a record is made of.
type exchange struct {
	call                    Call
	account                 string
	host, userAgent, source string
	parameters              map[string]any // the nested query, or the JSON body as it is
	answer                  []byte
	requestID               string
	// rules are the ingress entries that the call made or took away, where its special asks for them.
	rules []ec2types.SecurityGroupRule
}

// protocol is how a service's calls become records.
type protocol struct {
	source   string // of the envelope: "aws.ec2"
	request  func(*exchange) any
	response func(*exchange) (any, error)
	failure  func(*exchange) (code, message string)
}

// recorded are the services whose changes make records.
var recorded = map[string]protocol{
	"ec2": {source: "aws.ec2", request: queryRequest, response: queryResponse, failure: queryFailure},
	"ecs": {source: "aws.ecs", request: jsonRequest, response: jsonResponse, failure: jsonFailure},
}

// record is the CloudTrail record of an exchange, the "detail" of its EventBridge envelope.
func (p protocol) record(x *exchange) (map[string]any, error) {
	service := x.call.Service + ".amazonaws.com"
	r := map[string]any{
		"eventVersion": "1.11", "eventTime": x.call.Time.Format("2006-01-02T15:04:05Z"), "eventSource": service,
		"eventName": x.call.Action, "awsRegion": x.call.Region, "sourceIPAddress": x.source, "userAgent": x.userAgent,
		"userIdentity":      userIdentity(x.account, x.call.AccessKey, x.call.Principal, x.call.Time),
		"requestParameters": p.request(x), "responseElements": nil, "requestID": x.requestID, "eventID": newID(),
		"readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": x.account,
		"eventCategory": "Management", "tlsDetails": map[string]any{"clientProvidedHostHeader": x.host},
	}
	if !x.call.Changed() {
		r["errorCode"], r["errorMessage"] = p.failure(x)
		return r, nil
	}
	response, err := p.response(x)
	r["responseElements"] = response
	return r, err
}

// queryRequest is for the EC2 query protocol.
func queryRequest(x *exchange) any {
	if s := specials[x.call.Action]; s.request != nil {
		return s.request(x.parameters)
	}
	return parameters("", x.parameters)
}

// queryResponse adds what AWS answers and moto leaves out of empty answers: _return.
func queryResponse(x *exchange) (any, error) {
	root, err := readXML(x.answer)
	if err != nil {
		return nil, err
	}
	out, ok := root.elements().(map[string]any)
	if !ok {
		out = map[string]any{}
	}
	out["requestId"] = x.requestID
	if len(out) == 1 {
		out["_return"] = true
	}
	if s := specials[x.call.Action]; s.response != nil {
		out = s.response(x, out)
	}
	return out, nil
}

// queryFailure marks EC2's codes as CloudTrail does: "Client." for what the caller did, "Server." for the rest.
func queryFailure(x *exchange) (code, message string) {
	side := "Client."
	if x.call.Status >= 500 {
		side = "Server."
	}
	return side + x.call.ErrorCode, errorText(x.answer)
}

func errorText(answer []byte) string {
	root, err := readXML(answer)
	if err != nil {
		return ""
	}
	m, _ := root.find("Message")
	return strings.TrimSpace(m.Text)
}

func jsonRequest(x *exchange) any {
	if len(x.parameters) == 0 {
		return nil
	}
	return x.parameters
}

func jsonResponse(x *exchange) (any, error) {
	var out any
	err := json.Unmarshal(x.answer, &out)
	return out, err
}

func jsonFailure(x *exchange) (code, message string) {
	var e struct{ Message string } // encoding/json matches "message" too
	// An answer that is no JSON has no message.
	_ = json.Unmarshal(x.answer, &e)
	return x.call.ErrorCode, e.Message
}

// errorCode finds the error code of a refused call in an answer of any protocol; moto answers some JSON services in XML.
func errorCode(answer []byte) string {
	var e struct {
		Type string `json:"__type"`
	}
	if json.Unmarshal(answer, &e) == nil {
		return e.Type[strings.LastIndex(e.Type, "#")+1:]
	}
	root, err := readXML(answer)
	if err != nil {
		return "InternalError"
	}
	code, _ := root.find("Code")
	return strings.TrimSpace(code.Text)
}

// newID makes a random UUID (version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails (crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
