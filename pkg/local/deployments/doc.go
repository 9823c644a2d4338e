// Package deployments is the deployment controller of ECS that the emulator lacks: an update of a service makes a new
// deployment beside the old one, which comes to rest after a while, or fails and goes back.
//
// Floor 2, a part of package local. It stands in the proxy before the emulator, so that every client sees its deployments, and
// sends the events that ECS sends of them. Tasks it starts none.
package deployments
