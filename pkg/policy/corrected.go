package policy

// Rollout is what is done about services that run a revision which was corrected.
type Rollout string

// The rollouts: none tells only, update-service moves the services to the corrected revision.
const (
	RolloutNone          Rollout = "none"
	RolloutUpdateService Rollout = "update-service"
)

// RolloutTag is the tag of a task definition whose value is its own rollout, where the policy has rollout_tag.
const RolloutTag = "firewarden:rollout"

// RolloutOf is the rollout of a definition whose RolloutTag has this value, "" where it has none. A tag may ask for update-service
// if the policy lets it; it may always ask for none.
func (p Policy) RolloutOf(tag string) Rollout {
	switch {
	case Rollout(tag) == RolloutNone:
		return RolloutNone
	case p.RolloutTag && Rollout(tag) == RolloutUpdateService:
		return RolloutUpdateService
	}
	return p.Rollout
}

// Digest says when a sweep's digest is sent.
type Digest string

// A digest is sent after every sweep, after one with findings, or never.
const (
	DigestAlways   Digest = "always"
	DigestFindings Digest = "findings"
	DigestNever    Digest = "never"
)

// SendsDigest says whether the digest of a sweep with so many findings is sent.
func (p Policy) SendsDigest(findings int) bool {
	return p.Digest == DigestAlways || p.Digest == DigestFindings && findings > 0
}

// Scope is what a sweep looks at.
type Scope string

// A sweep looks at what is in use (the revisions of services and tasks, and the latest of every family), or at all revisions that are
// active as well.
const (
	SweepInUse        Scope = "in-use"
	SweepAllRevisions Scope = "all-revisions"
)
