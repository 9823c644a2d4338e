// Package ecstask reads ECS task definitions and registers revisions of them, without losing a field.
//
// Floor 2. It is the only place that calls ECS about task definitions. Lossless or not at all: [Store.Describe] looks at the
// raw answer beside the SDK's types and records what the SDK does not know; [Store.Register] refuses such a definition.
// The questions about errors ([IsNotFound], [IsThrottled], …) live here too; what is terminal is decided on floor 3.
package ecstask
