"""Reads {"patterns": [...], "events": [...]} and prints, for each pattern, whether it matches each event.

moto's matcher is right for what the template's patterns say: values and exists, and no path into a list.
"""
import json
import sys

from moto.events.models import EventPattern

given = json.load(sys.stdin)
patterns = [EventPattern.load(json.dumps(pattern)) for pattern in given["patterns"]]
json.dump([[pattern.matches_event(event) for event in given["events"]] for pattern in patterns], sys.stdout)
