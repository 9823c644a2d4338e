// Package lambdahost runs a built bootstrap as AWS Lambda would: one process behind the Lambda Runtime API.
//
// Floor 2, a part of package local. What is as on Lambda: the API's routes and headers, the environment's own variables, the
// deadline, a process that is started with the first invocation, ended when it exceeds its time, and started anew after
// it died. One invocation at a time; there is no freezing between them.
package lambdahost
