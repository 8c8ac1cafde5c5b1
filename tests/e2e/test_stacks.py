"""Stacks through the tool and through CloudFormation's own API."""

import json
import subprocess
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from conftest import REPOSITORY, eventually

HELLO = REPOSITORY / "examples/hello"

FAILING = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: 10.77.0.0/16 }
  Subnet:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: 192.168.0.0/24
"""


def test_hello_comes_up_serves_and_goes(cloud):
    up = cloud.run("up", HELLO)
    url = next(word for word in up.stdout.split() if word.startswith("http://"))
    page = eventually(lambda: fetch(url), seconds=60, what="the page")
    assert "<h1>Hello from hello</h1>" in page and "t3.micro" in page
    stacks = json.loads(cloud.run("ps", "--json").stdout)
    assert "hello" in json.dumps(stacks)
    cloud.run("down", HELLO)
    ec2 = cloud.client("ec2")
    assert not [v for v in ec2.describe_vpcs()["Vpcs"] if v["CidrBlock"] == "10.20.0.0/16"]


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return answer.read().decode()
    except OSError:
        return None


def test_a_failed_creation_rolls_back_to_nothing(cloud):
    cfn, ec2 = cloud.client("cloudformation"), cloud.client("ec2")
    cfn.create_stack(StackName="failing", TemplateBody=FAILING)
    status = lambda: cfn.describe_stacks(StackName="failing")["Stacks"][0]["StackStatus"]
    eventually(lambda: status() == "ROLLBACK_COMPLETE", what="the roll back")
    events = cfn.describe_stack_events(StackName="failing")["StackEvents"]
    failed = [e for e in events if e["ResourceStatus"] == "CREATE_FAILED" and e["LogicalResourceId"] == "Subnet"]
    assert failed and "'192.168.0.0/24' is invalid" in failed[0]["ResourceStatusReason"]
    assert not [v for v in ec2.describe_vpcs()["Vpcs"] if v["CidrBlock"] == "10.77.0.0/16"]
    cfn.delete_stack(StackName="failing")
    with pytest.raises(ClientError, match="does not exist"):
        eventually(lambda: status() is None, seconds=20)


def test_a_wrong_template_is_shown_with_its_line_before_anything_is_made(cloud, tmp_path):
    template = tmp_path / "wrong.yaml"
    template.write_text("Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties:\n      CidrBlok: 10.0.0.0/16\n")
    refused = cloud.run("up", template, check=False)
    assert refused.returncode == 1
    assert "wrong.yaml:5" in refused.stderr and "CidrBlok: 10.0.0.0/16" in refused.stderr and "CidrBlock" in refused.stderr
