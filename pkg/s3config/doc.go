// Package s3config reads the configuration files of routers from S3, by the ARN that a task definition names.
//
// Floor 2. It knows no configuration: pkg/routerconf reads what it returns. The strict fake is pkg/s3config/s3fake; a test holds
// the package to the local cloud too.
package s3config
