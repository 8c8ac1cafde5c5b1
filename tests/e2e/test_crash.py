"""kill -9 anywhere: after a restart stacks end in a true state, and the machine holds nothing that the store does not know."""

import json
import os
import random
import signal
import subprocess
import tempfile
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import BINARY, Cloud, eventually

SEED = int(os.environ.get("TIERRA_SEED", random.SystemRandom().randrange(1 << 32)))
POINTS = int(os.environ.get("TIERRA_CRASH_POINTS", "50"))
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: 10.66.0.0/16 } }
  Subnet: { Type: "AWS::EC2::Subnet", Properties: { VpcId: !Ref Vpc, CidrBlock: 10.66.1.0/24 } }
  Group: { Type: "AWS::EC2::SecurityGroup", Properties: { VpcId: !Ref Vpc, GroupDescription: crash } }
  Server:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: "{{resolve:ssm:/aws/service/debian/release/12/latest/amd64}}"
      InstanceType: t3.nano
      SubnetId: !Ref Subnet
      SecurityGroupIds: [!Ref Group]
"""
TRUE_ENDS = {"CREATE_COMPLETE", "ROLLBACK_COMPLETE", "CREATE_FAILED"}


@pytest.fixture
def crashing():
    cloud = Cloud(tempfile.mkdtemp(prefix="tierra-crash-"))
    cloud.start()
    yield cloud
    if subprocess.run([BINARY, "--data", cloud.folder, "status"], capture_output=True).returncode != 0:
        cloud.start()
    cloud.reset()


def processes(cloud, name):
    """The pids of the cloud's own processes of one kind (`start`, `agent`, `agent-worker`)."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{pid}/cmdline", "rb").read().decode().split("\0")
        except OSError:
            continue
        if str(cloud.folder) in words and name in words[1:]:
            found.append(int(pid))
    return found


def kill(cloud, what):
    kinds = {"control": ["start"], "agent": ["agent-worker"], "both": ["start", "agent", "agent-worker"]}[what]
    for pid in [pid for kind in kinds for pid in processes(cloud, kind)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    if what != "agent":
        eventually(lambda: not processes(cloud, "start"), what="the control plane's end")
        cloud.start()


def status(cfn):
    try:
        return cfn.describe_stacks(StackName="crash")["Stacks"][0]["StackStatus"]
    except ClientError as error:
        assert "does not exist" in str(error), error
        return "GONE"


def test_killed_anywhere_it_comes_back_true(crashing):
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    for point in range(POINTS):
        cfn = crashing.client("cloudformation")
        what, moment = chance.choice(["control", "agent", "both"]), chance.uniform(0, 2.5)
        if chance.random() < 0.5:
            cfn.create_stack(StackName="crash", TemplateBody=TEMPLATE)
            time.sleep(moment)
            kill(crashing, what)
            settled = eventually(lambda: (s := status(crashing.client("cloudformation"))) in TRUE_ENDS and s, seconds=120, what=f"point {point} ({what} at {moment:.2f} s of create)")
            assert settled == "CREATE_COMPLETE", (point, what, moment, settled)
            crashing.client("cloudformation").delete_stack(StackName="crash")
        else:
            cfn.create_stack(StackName="crash", TemplateBody=TEMPLATE)
            eventually(lambda: status(cfn) == "CREATE_COMPLETE", seconds=120, what="create")
            cfn.delete_stack(StackName="crash")
            time.sleep(moment)
            kill(crashing, what)
        eventually(lambda: status(crashing.client("cloudformation")) == "GONE", seconds=120, what=f"point {point}: delete after {what} at {moment:.2f} s")
        eventually(lambda: leftovers(crashing) == [], seconds=30, what=f"point {point}: nothing left ({leftovers(crashing)})")


def leftovers(cloud):
    """What the machine still holds of instances that are terminated."""
    ec2 = cloud.client("ec2")
    reservations = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped", "shutting-down"]}])
    known = {i["InstanceId"] for r in reservations["Reservations"] for i in r["Instances"]}
    held = set()
    for folder in (cloud.folder / "compute/sandboxes",):
        held |= set(os.listdir(folder)) if folder.exists() else set()
    return sorted(held - known)
