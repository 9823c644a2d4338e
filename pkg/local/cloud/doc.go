// Package cloud puts the local cloud together: the template's own resources on a moto server, the CloudTrail proxy before it, and
// the built functions behind their queues as the template's event source mappings have them.
//
// Floor 2, a part of package local. [Up] starts all of it, [Cloud.Close] ends all of it.
package cloud
