"""Prints, as JSON, what SAM makes of the template whose path is the only argument."""
import json
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """The template names no policy of AWS, so that none has to be looked up."""

    def load(self):
        return {}


with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":  # a folder is replaced by what sam uploaded of it
        resource["Properties"]["CodeUri"] = {"Bucket": "bucket", "Key": "key"}
json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout)
