"""Opens 24224 in the security group that the first argument names, and waits until it is closed again. Says how long that took."""
import sys
import time

import boto3

group = sys.argv[1]
ec2 = boto3.client("ec2")
started = time.monotonic()
ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=24224, ToPort=24224, CidrIp="0.0.0.0/0")
print(f"opened 24224 on {group}")
while time.monotonic() - started < 60:
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    if not any(not r["IsEgress"] and r["FromPort"] <= 24224 <= r["ToPort"] for r in rules):
        print(f"closed after {time.monotonic() - started:.2f} s")
        sys.exit(0)
    time.sleep(0.05)
sys.exit("still open after a minute")
