// Package demo is the main job shown on the local cloud: bad security groups and a bad task definition are made by an ordinary
// client, and everything else happens by itself. Each step is asserted; any that is not so makes the demo fail.
//
// Floor 3.
package demo
