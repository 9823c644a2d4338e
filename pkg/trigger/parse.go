package trigger

import (
	"encoding/json"
	"errors"
)

// viaCloudTrail is the detail-type of every API call that CloudTrail hands to EventBridge; its detail is the record.
const viaCloudTrail = "AWS API Call via CloudTrail"

// signature tells one kind of message from another. Only records have the last two.
type signature struct{ source, detailType, eventSource, eventName string }

// reader fills the event of one kind of message. It names resources, or ignores with a reason, or returns a *Malformed.
type reader func(message, *Event) error

// readers are the kinds that are understood. Near misses (AuthorizeSecurityGroupEgress, rds AuthorizeDBSecurityGroupIngress,
// efs ModifyMountTargetSecurityGroups) fall through by not being here; one more kind is one row and its reader.
var readers = map[signature]reader{
	{"aws.ecs", viaCloudTrail, "ecs.amazonaws.com", "RegisterTaskDefinition"}:          readRegister,
	{"aws.ecs", viaCloudTrail, "ecs.amazonaws.com", "DeregisterTaskDefinition"}:        readDeregister,
	{"aws.ecs", viaCloudTrail, "ecs.amazonaws.com", "CreateService"}:                   readService,
	{"aws.ecs", viaCloudTrail, "ecs.amazonaws.com", "UpdateService"}:                   readService,
	{"aws.ecs", viaCloudTrail, "ecs.amazonaws.com", "CreateTaskSet"}:                   readService,
	{"aws.ecs", viaCloudTrail, "ecs.amazonaws.com", "UpdateServicePrimaryTaskSet"}:     readService,
	{"aws.ec2", viaCloudTrail, "ec2.amazonaws.com", "AuthorizeSecurityGroupIngress"}:   readPermissions,
	{"aws.ec2", viaCloudTrail, "ec2.amazonaws.com", "RevokeSecurityGroupIngress"}:      readPermissions,
	{"aws.ec2", viaCloudTrail, "ec2.amazonaws.com", "ModifySecurityGroupRules"}:        readModify,
	{"aws.ec2", viaCloudTrail, "ec2.amazonaws.com", "ModifyNetworkInterfaceAttribute"}: readAttribute,
	{"aws.ec2", viaCloudTrail, "ec2.amazonaws.com", "ModifyInstanceAttribute"}:         readAttribute,
	{source: "aws.ecs", detailType: TaskStateChange}:                                   readTask,
	{source: "aws.ecs", detailType: "ECS Container Instance State Change"}:             readInstance,
	{source: "aws.ecs", detailType: "ECS Service Action"}:                              readServiceEvent,
	{source: "aws.ecs", detailType: "ECS Deployment State Change"}:                     readServiceEvent,
	{source: Source, detailType: DetailTypeFinding}:                                    readFinding,
	{source: Source, detailType: DetailTypeSweep}:                                      readSweep,
	{source: Source, detailType: DetailTypeShard}:                                      readShard,
}

// message is an EventBridge envelope. The record is that of its detail where CloudTrail sent it, and zero otherwise.
type message struct {
	ID         string          `json:"id"`
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Account    string          `json:"account"`
	Region     string          `json:"region"`
	Time       string          `json:"time"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
	record     record
}

// record is what is read of a CloudTrail record, whatever the call. Request and response may be null, cut or redacted.
type record struct {
	EventSource        string          `json:"eventSource"`
	EventName          string          `json:"eventName"`
	EventID            string          `json:"eventID"`
	EventTime          string          `json:"eventTime"`
	Region             string          `json:"awsRegion"`
	RecipientAccountID string          `json:"recipientAccountId"`
	SourceIP           string          `json:"sourceIPAddress"`
	UserAgent          string          `json:"userAgent"`
	UserIdentity       json.RawMessage `json:"userIdentity"`
	ErrorCode          string          `json:"errorCode"`
	Request            json.RawMessage `json:"requestParameters"`
	Response           json.RawMessage `json:"responseElements"`
}

// Parse reads the body of one SQS message: an EventBridge envelope, or one of our own messages. What is not watched, failed
// calls, and events that surely change nothing that is audited are Ignored, with a reason and without an error. Every error is a
// *[Malformed]; the event beside it then holds the ID and Origin, as far as they could be read, for the notice.
func Parse(body []byte) (Event, error) {
	m, err := open(body)
	e := Event{ID: printable(m.ID), Origin: m.origin()}
	if err != nil {
		return e, err
	}
	read, watched := readers[signature{m.Source, m.DetailType, m.record.EventSource, m.record.EventName}]
	switch {
	case !watched:
		e.ignore(reasonUnwatched)
		return e, nil
	case m.record.ErrorCode != "": // any code: nothing changed, "Client.DryRunOperation" included
		e.ignore(reasonFailed)
		return e, nil
	}
	full := e
	if err := read(m, &full); err != nil {
		return e, err
	}
	return full, nil
}

// open reads the envelope, and the record where there is one.
func open(body []byte) (message, error) {
	var m message
	err := json.Unmarshal(body, &m)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return m, malformed("the body is not JSON")
	case m.Source == "":
		return m, missing("source")
	case m.DetailType == "":
		return m, missing("detail-type")
	case m.DetailType != viaCloudTrail:
		return m, nil
	}
	fill(&m.record, m.Detail)
	switch {
	case len(m.Detail) == 0:
		return m, missing("detail")
	case m.record.EventSource == "":
		return m, missing("detail.eventSource")
	case m.record.EventName == "":
		return m, missing("detail.eventName")
	}
	return m, nil
}
