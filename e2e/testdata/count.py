"""Counts, without FireWarden's code, what its reports are to say. Writes {"report", "stands", "audit"} as JSON.

What is standing and what is exempt, by the rules FL101, FL103, FL501 and FL502, is counted from the answers of ECS and EC2 alone, for both
reports. What the account does not tell any more (what ended, sweeps, remediations) is counted from the table that the first argument names,
item by item. The second argument is the glob of the families that are exempt from FL502, the third from when on remediations count.
"""
import collections
import datetime
import fnmatch
import json
import re
import sys

import boto3

PORT = 24224
TABLE, EXEMPT, SINCE = sys.argv[1:4]
ecs, ec2 = boto3.client("ecs"), boto3.client("ec2")


def paged(client, operation, key, **arguments):
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[key]]


def when(text):
    if not text:
        return None
    text = re.sub(r"\.(\d{1,6})\d*", r".\1", text.replace("Z", "+00:00"))
    return datetime.datetime.fromisoformat(text)


# What runs where.

def services():
    """Each service with each revision that one of its deployments has, and its groups."""
    for cluster in paged(ecs, "list_clusters", "clusterArns"):
        arns = paged(ecs, "list_services", "serviceArns", cluster=cluster)
        for start in range(0, len(arns), 10):
            for s in ecs.describe_services(cluster=cluster, services=arns[start:start + 10])["services"]:
                name = cluster.split("/")[-1] + "/" + s["serviceName"]
                groups = s.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("securityGroups", [])
                for revision in {s["taskDefinition"]} | {d["taskDefinition"] for d in s["deployments"]}:
                    yield name, revision, groups


RUNNING = list(services())
GROUPS = sorted({g for _, _, groups in RUNNING for g in groups})
FAMILIES = paged(ecs, "list_task_definition_families", "families", status="ACTIVE")
described = {}


def describe(ref):
    if ref not in described:
        described[ref] = ecs.describe_task_definition(taskDefinition=ref)["taskDefinition"]
    return described[ref]


def user(service):
    cluster, name = service.split("/")
    return ("service", cluster, name)


# Counting.

class Totals:
    def __init__(self):
        self.findings, self.all = 0, collections.Counter()
        self.by = {key: collections.defaultdict(collections.Counter) for key in ("severity", "rule", "cluster", "user", "family")}
        self.status = collections.Counter()

    def add(self, stand, status, severity, rule, users, families):
        self.findings += 1
        self.all[stand] += 1
        self.status[status] += 1
        clusters = {c for _, c, _ in users if c} or {""}
        for key, names in (("severity", [severity]), ("rule", [rule]), ("cluster", clusters), ("user", set(users)), ("family", set(families) or {""})):
            for name in names:
                self.by[key][name][stand] += 1

    def json(self):
        def tally(c):
            return {stand: c[stand] for stand in ("standing", "suppressed", "unknown", "ended")}

        out = {"findings": self.findings, **tally(self.all)}
        out["by_status"] = [{"status": s, "findings": n} for s, n in sorted(self.status.items())]
        for key in ("rule", "cluster", "family"):
            out["by_" + key] = [{key: name, **tally(c)} for name, c in sorted(self.by[key].items())]
        order = ["critical", "high", "medium", "low", "info"]
        out["by_severity"] = [{"severity": s, **tally(self.by["severity"][s])} for s in order if s in self.by["severity"]]
        users = sorted(self.by["user"].items(), key=lambda item: (item[0][1], item[0][0], item[0][2]))
        out["by_user"] = [{"by": by, "cluster": c, "name": n, **tally(count)} for (by, c, n), count in users]
        return out


# The ledger.

def items():
    table = boto3.resource("dynamodb").Table(TABLE)
    answer = table.scan(ConsistentRead=True)
    yield from answer["Items"]
    while "LastEvaluatedKey" in answer:
        answer = table.scan(ConsistentRead=True, ExclusiveStartKey=answer["LastEvaluatedKey"])
        yield from answer["Items"]


def ledger():
    kept = collections.defaultdict(dict)
    for item in items():
        kept[item["pk"]][item["sk"]] = json.loads(item["doc"])
    indexed = "account" in kept["clusters"]
    totals, suppressed, seen = Totals(), collections.Counter(), []
    users, families = places(kept["resource"], indexed)
    for ref, known in kept["resource"].items():
        for finding in known["findings"].values():
            state = finding["state"]
            stand = "ended" if state in ("resolved", "remediated") else "suppressed" if state == "suppressed" else "unknown" if finding["status"] == "unknown" else "standing"
            kind, name = ref.split("/", 1)
            nowhere = {("nobody" if indexed else "not known", "", "")}
            totals.add(stand, state, finding["severity"], finding["rule"], users[ref] or nowhere, {name.split(":")[0]} if kind == "task-definition" else families[ref])
            seen.append((when(finding["first_seen"]), when(finding["last_seen"])))
            suppressed[finding["rule"]] += stand == "suppressed"
    undone = {m["remediation"] for known in kept["resource"].values() for mends in known.get("history", {}).values() for m in mends if m.get("undone")}
    remediations = [m for m in kept["remediation"].values()]
    return {
        "totals": totals.json(), "sweeps": sweeps(kept["sweep"].values(), seen, remediations), "remediations": remedied(remediations, undone),
        "exemptions": [{"rule": "FL502", "resource": EXEMPT, "suppressed": suppressed["FL502"]}],
    }


def places(resources, indexed):
    """Users and families by resource: with an index as ECS tells them, else as evidence names them."""
    users, families = collections.defaultdict(set), collections.defaultdict(set)
    if indexed:
        for service, revision, groups in RUNNING:
            family = revision.split("/")[-1].split(":")[0]
            for ref in ["task-definition/" + family, "task-definition/" + revision.split("/")[-1]] + ["security-group/" + g for g in groups]:
                users[ref].add(user(service))
                families[ref].add(family)
        return users, families
    for ref, known in resources.items():
        for name in known.get("rollout", {}).get("moves", {}):
            users[ref].add(user(name.removeprefix("service ")))
        for finding in known["findings"].values():
            if finding["state"] in ("resolved", "remediated"):
                continue
            for line in finding.get("evidence", []):
                words = line.split(" ")
                if words[0] == "service" and words[2] == "runs":
                    family = words[3].split(":")[0]
                    users[ref].add(user(words[1]))
                    families[ref].add(family)
                    users["task-definition/" + family].add(user(words[1]))
    return users, families


def sweeps(all_sweeps, seen, remediations):
    ordered = sorted(all_sweeps, key=lambda s: when(s["started"]))
    starts = [when(s["started"]) for s in ordered] + [datetime.datetime.now(datetime.timezone.utc)]
    out = []
    for i, sweep in enumerate(ordered):
        begin, end = starts[i], starts[i + 1]
        out.append({
            "id": sweep["id"], "families": sweep["families"], "groups": sweep["groups"],
            "seen": sum(first < end and last >= begin for first, last in seen), "new": sum(begin <= first < end for first, _ in seen),
            "remediations": sum(begin <= when(m["started"]) < end for m in remediations),
        })
    return out


def remedied(remediations, undone):
    outcomes, rules, gone = collections.Counter(), collections.Counter(), collections.Counter()
    counted = [m for m in remediations if when(m["started"]) >= when(SINCE)]
    for m in counted:
        taken_back = m["id"] in undone or bool(m.get("undone"))
        outcome = m.get("outcome") or "pending"
        outcomes[outcome] += 1
        gone["all"] += taken_back
        gone[outcome] += taken_back
        for rule in set(m["rules"]):
            rules[rule] += 1
            gone["rule " + rule] += taken_back
    return {
        "count": len(counted), "undone": gone["all"],
        "by_outcome": [{"outcome": o, "count": n, "undone": gone[o]} for o, n in sorted(outcomes.items())],
        "by_rule": [{"rule": r, "count": n, "undone": gone["rule " + r]} for r, n in sorted(rules.items())],
    }


# The account as it is.

def routers(definition):
    return [c for c in definition["containerDefinitions"] if "firelensConfiguration" in c]


def judged(definition):
    """Rule, place and severity of what is wrong with a definition."""
    for router in routers(definition):
        if not router["name"].startswith(definition["family"]):
            yield "FL501", router["name"], "info"
        if not router.get("essential", True):
            yield "FL502", router["name"], "medium"
    if routers(definition) and definition.get("networkMode", "bridge") == "bridge":
        for c in definition["containerDefinitions"]:
            for m in c.get("portMappings", []):
                if m.get("containerPort") == PORT:
                    yield "FL103", c["name"], "high"


def family_of(arn):
    return arn.split("/")[-1].split(":")[0]


def stand_of(rule, family):
    return "suppressed" if rule == "FL502" and fnmatch.fnmatch(family, EXEMPT) else "standing"


def open_groups(totals):
    """An open group counts once for each source that it lets in, where a router of its own network interface is behind it."""
    for group in GROUPS:
        behind = [(user(s), describe(r)) for s, r, groups in RUNNING if group in groups]
        if not any(d.get("networkMode") == "awsvpc" and routers(d) for _, d in behind):
            continue
        sources = set()
        for entry in paged(ec2, "describe_security_group_rules", "SecurityGroupRules", Filters=[{"Name": "group-id", "Values": [group]}]):
            tcp = entry["IpProtocol"] == "tcp" and entry["FromPort"] <= PORT <= entry["ToPort"]
            if not entry["IsEgress"] and (tcp or entry["IpProtocol"] == "-1"):
                sources.add((entry["IpProtocol"], entry.get("CidrIpv4") or entry.get("CidrIpv6")))
        for _ in sources:
            totals.add("standing", "noncompliant", "medium", "FL101", {u for u, _ in behind}, {d["family"] for _, d in behind})


def stands():
    """What the ledger is to have standing and suppressed: of each family's latest revision, for all who run the family, and of each other
    revision that runs, for those who run that one."""
    totals, runners, nobody = Totals(), collections.defaultdict(set), {("nobody", "", "")}
    for service, revision, _ in RUNNING:
        runners[revision].add(user(service))
    latest = {describe(family)["taskDefinitionArn"] for family in FAMILIES}
    for arn in latest | set(runners):
        family = family_of(arn)
        users = set().union(*(u for r, u in runners.items() if family_of(r) == family)) if arn in latest else runners[arn]
        for rule, _, severity in judged(describe(arn)):
            totals.add(stand_of(rule, family), "", severity, rule, users or nobody, {family})
    open_groups(totals)
    return totals.json()


def audit():
    totals, revisions, found = Totals(), set(), collections.defaultdict(set)
    for family in FAMILIES:
        runners = collections.defaultdict(set)
        for service, revision, _ in RUNNING:
            if family_of(revision) == family:
                runners[revision].add(user(service))
        latest = describe(family)["taskDefinitionArn"]
        for revision in {latest} | set(runners):
            revisions.add(revision)
            for what in judged(describe(revision)):
                found[(family,) + what] |= runners[revision]
    for (family, rule, _, severity), users in found.items():
        stand = stand_of(rule, family)
        totals.add(stand, "noncompliant" if stand == "standing" else stand, severity, rule, users or {("nobody", "", "")}, {family})
    open_groups(totals)
    names = {s for s, _, _ in RUNNING}
    return {"totals": totals.json(), "read": {"families": len(FAMILIES), "revisions": len(revisions), "groups": len(GROUPS), "services": len(names)}}


print(json.dumps({"report": ledger(), "stands": stands(), "audit": audit()}))
