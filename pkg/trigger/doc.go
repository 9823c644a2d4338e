// Package trigger reads what wakes the functions: the body of one SQS message, into an [Event] that names resources.
//
// Floor 1. It is pure: no context, clock, environment or network. Which messages are understood is one table ([Parse]'s
// readers); all others are [Ignored], with a reason. Our own messages are written here too, beside their readers, so that
// each shape is known in one place.
//
// What an event says may only ever save work. Ids and names are checked for their form, texts for people are cut and made
// printable, and nothing here is a verdict: state is always read afresh.
package trigger
