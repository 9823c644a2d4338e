package trigger

import (
	"encoding/json"
	"slices"
)

// attributeRequest is the request of ModifyNetworkInterfaceAttribute and of ModifyInstanceAttribute. groupSet is absent, or empty,
// where the call changes another attribute: an interface has at least one group.
type attributeRequest struct {
	Interface string          `json:"networkInterfaceId"`
	Instance  string          `json:"instanceId"`
	GroupSet  json.RawMessage `json:"groupSet"`
}

type groupSet struct {
	Items many[struct {
		GroupID string `json:"groupId"`
	}] `json:"items"`
}

// others are the keys that say nothing of groups: the parameters of both calls (API reference). No public record of either call
// was found, so that a key which is not among them may be groups under another name.
var others = []string{
	"networkInterfaceId", "instanceId", "groupSet", "dryRun", "description", "sourceDestCheck", "attachment", "enaSrdSpecification",
	"enablePrimaryIpv6", "connectionTrackingSpecification", "associatePublicIpAddress", "associatedSubnetIds", "attribute", "value",
	"instanceType", "kernel", "ramdisk", "userData", "disableApiTermination", "disableApiStop", "instanceInitiatedShutdownBehavior",
	"blockDeviceMapping", "ebsOptimized", "sriovNetSupport", "enaSupport",
}

// readAttribute names the groups that an interface or an instance is put behind. Those that it leaves are safer than before. Where
// the groups cannot be read it names the interface or the instance.
func readAttribute(m message, e *Event) error {
	var req attributeRequest
	var set groupSet
	var keys map[string]json.RawMessage
	sure := fill(&req, m.record.Request) && fill(&keys, m.record.Request) && fill(&set, req.GroupSet) && !cut(m.record.Request)
	for _, item := range set.Items {
		id := told(item.GroupID)
		if id == "" {
			sure = false
			continue
		}
		if err := e.addGroup("detail.requestParameters.groupSet.items.groupId", id); err != nil {
			return err
		}
	}
	for key := range keys {
		sure = sure && slices.Contains(others, key)
	}
	switch e.Kind = Group; {
	case !sure || req.Interface+req.Instance == "":
		return e.attributed(m.record.EventName, req)
	case len(e.Groups) == 0:
		e.ignore(reasonAttribute)
	}
	return nil
}

func (e *Event) attributed(call string, req attributeRequest) error {
	e.Kind = Placement
	if call == "ModifyInstanceAttribute" {
		return e.addInstance("detail.requestParameters.instanceId", told(req.Instance))
	}
	return e.addInterface("detail.requestParameters.networkInterfaceId", told(req.Interface))
}

// addInterface adds a network interface's id once; path is where the message has it.
func (e *Event) addInterface(path, id string) error {
	switch {
	case id == "":
		return missing(path)
	case !interfaceForm.MatchString(id):
		return malformed(path + " is no id of a network interface")
	case !slices.Contains(e.Interfaces, id):
		e.Interfaces = append(e.Interfaces, id)
	}
	return nil
}

// addInstance adds an EC2 instance's id once.
func (e *Event) addInstance(path, id string) error {
	switch {
	case id == "":
		return missing(path)
	case !instanceForm.MatchString(id):
		return malformed(path + " is no id of an instance")
	case !slices.Contains(e.Instances, id):
		e.Instances = append(e.Instances, id)
	}
	return nil
}
