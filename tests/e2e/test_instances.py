"""An instance as a user knows it: key, user data, ssh, metadata, role credentials, stop and start, terminate."""

import base64
import json
import time

import pytest
from botocore.exceptions import ClientError
from conftest import eventually, running

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
USER_DATA = "#!/bin/sh\necho said by user data\ncurl -s http://169.254.169.254/latest/meta-data/ >/dev/null\nid -un > /var/lib/who\n"


@pytest.fixture(scope="module")
def profile(cloud):
    iam = cloud.client("iam")
    iam.create_role(RoleName="e2e", AssumeRolePolicyDocument=json.dumps(TRUST))
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:DescribeInstances", "s3:*"], "Resource": "*"}]}
    iam.put_role_policy(RoleName="e2e", PolicyName="look", PolicyDocument=json.dumps(policy))
    iam.create_instance_profile(InstanceProfileName="e2e")
    iam.add_role_to_instance_profile(InstanceProfileName="e2e", RoleName="e2e")
    return "e2e"


@pytest.fixture(scope="module")
def instance(cloud, key, image, web_group, profile):
    ec2 = cloud.client("ec2")
    made = ec2.run_instances(
        ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, KeyName=key.name, SecurityGroupIds=[web_group],
        IamInstanceProfile={"Name": profile}, UserData=USER_DATA,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "e2e"}]}],
    )["Instances"][0]
    assert made["State"]["Name"] == "pending"
    yield running(ec2, made["InstanceId"])
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])


def test_it_boots_an_os_and_answers_ssh(instance, key):
    assert "Debian" in key.shell(instance["PublicIpAddress"], "cat /etc/os-release")
    assert key.shell(instance["PublicIpAddress"], "cat /proc/1/comm").strip() == "systemd"
    assert key.shell(instance["PublicIpAddress"], "hostname").strip() == instance["PrivateDnsName"].split(".")[0]
    assert key.shell(instance["PublicIpAddress"], "sudo id -u").strip() == "0"


def test_user_data_ran_once_as_root_and_the_console_shows_it(cloud, instance, key):
    eventually(lambda: key.ssh(instance["PublicIpAddress"], "cat /var/lib/who").stdout.strip() == "root", what="user data")
    assert "said by user data" in key.shell(instance["PublicIpAddress"], "sudo cat /var/log/cloud-init-output.log")
    ec2 = cloud.client("ec2")
    console = lambda: ec2.get_console_output(InstanceId=instance["InstanceId"]).get("Output", "")
    eventually(lambda: "said by user data" in console(), what="user data on the console")


def test_buckets_answer_inside_by_their_own_names(cloud, instance, key):
    """Over TLS, with the certificate that the instance trusts: what awscli does by itself, and what curl does with a public object."""
    s3, bucket = cloud.client("s3"), f"inside-{instance['InstanceId']}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="page", Body=b"a page")
    address = instance["PublicIpAddress"]
    copied = key.shell(address, f"aws s3 cp s3://{bucket}/page /tmp/page --debug 2>&1 | grep -o 'https://{bucket}.s3[^/]*/page' | head -1; cat /tmp/page")
    assert copied.split("\n") == [f"https://{bucket}.s3.us-east-1.amazonaws.com/page", "a page"]
    key.shell(address, f"head -c 20000000 /dev/urandom > /tmp/big && aws s3 cp --quiet /tmp/big s3://{bucket}/big && aws s3 cp --quiet s3://{bucket}/big - | cmp - /tmp/big")
    public = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/page"}]}
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(public))
    for name in ("s3.us-east-1", "s3"):
        assert key.shell(address, f"curl -sf https://{bucket}.{name}.amazonaws.com/page") == "a page"
    for name in ("page", "big"):
        s3.delete_object(Bucket=bucket, Key=name)
    s3.delete_bucket(Bucket=bucket)


def test_metadata_with_and_without_token(instance, key):
    ask = "curl -s http://169.254.169.254/latest/meta-data/instance-id"
    assert key.shell(instance["PublicIpAddress"], ask) == instance["InstanceId"]
    token = 'T=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token); '
    with_token = token + 'curl -s -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/dynamic/instance-identity/document'
    document = json.loads(key.shell(instance["PublicIpAddress"], with_token))
    assert document["instanceId"] == instance["InstanceId"] and document["region"] == "us-east-1"
    wrong = 'curl -s -o /dev/null -w "%{http_code}" -H "X-aws-ec2-metadata-token: wrong" http://169.254.169.254/latest/meta-data/'
    assert key.shell(instance["PublicIpAddress"], wrong) == "401"


def test_inside_the_role_speaks_to_aws_without_any_setting(instance, key):
    identity = json.loads(key.shell(instance["PublicIpAddress"], "aws sts get-caller-identity --region us-east-1"))
    assert identity["Arn"].endswith(f":assumed-role/e2e/{instance['InstanceId']}")
    seen = key.shell(instance["PublicIpAddress"], "aws ec2 describe-instances --region us-east-1 --query 'Reservations[].Instances[].InstanceId' --output text")
    assert instance["InstanceId"] in seen
    refused = key.ssh(instance["PublicIpAddress"], "aws ec2 describe-vpcs --region us-east-1")
    assert refused.returncode != 0 and "UnauthorizedOperation" in refused.stderr


def test_stop_keeps_disk_and_private_address(cloud, instance, key):
    ec2 = cloud.client("ec2")
    key.shell(instance["PublicIpAddress"], "echo kept | sudo tee /kept && sync")
    ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
    state = lambda: ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
    stopped = eventually(lambda: (i := state())["State"]["Name"] == "stopped" and i, what="stopped")
    assert "PublicIpAddress" not in stopped and stopped["PrivateIpAddress"] == instance["PrivateIpAddress"]
    ec2.start_instances(InstanceIds=[instance["InstanceId"]])
    again = running(ec2, instance["InstanceId"])
    assert again["PrivateIpAddress"] == instance["PrivateIpAddress"]
    assert key.shell(again["PublicIpAddress"], "cat /kept").strip() == "kept"


def test_terminated_it_is_gone_and_says_so(cloud, key, image, web_group):
    ec2 = cloud.client("ec2")
    made = ec2.run_instances(ImageId=image, InstanceType="t3.nano", MinCount=1, MaxCount=1, KeyName=key.name, SecurityGroupIds=[web_group])
    instance = running(ec2, made["Instances"][0]["InstanceId"])
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    state = lambda: ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]["State"]["Name"]
    eventually(lambda: state() == "terminated", what="terminated")
    assert key.ssh(instance["PublicIpAddress"], "true").returncode == 255
    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        ec2.start_instances(InstanceIds=[instance["InstanceId"]])


def test_awscli_drives_it(cloud, image):
    assert json.loads(cloud.aws("sts", "get-caller-identity").stdout)["Arn"].endswith(":root")
    described = json.loads(cloud.aws("ec2", "describe-images", "--image-ids", image).stdout)["Images"]
    assert [i["ImageId"] for i in described] == [image]
    by_name = cloud.aws("ec2", "run-instances", "--dry-run", "--image-id", "resolve:ssm:/aws/service/debian/release/12/latest/amd64", check=False)
    assert "DryRunOperation" in by_name.stderr
    refused = cloud.aws("ec2", "run-instances", "--image-id", "ami-00000000000000000", check=False)
    assert "InvalidAMIID.NotFound" in refused.stderr
    unbuilt = cloud.aws("ec2", "create-transit-gateway", check=False)
    assert "NotImplemented" in unbuilt.stderr and "CreateTransitGateway" in unbuilt.stderr
