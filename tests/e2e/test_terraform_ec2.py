"""Terraform as a user runs it: a network, a launch template and two instances are applied, found as they were left, and destroyed."""

import json
import os
import shutil
import subprocess
import textwrap

import pytest

# The provider that the tests were written against; Terraform takes it from wherever it is configured to look.
PROVIDER = "5.100.0"

MAIN = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "%(provider)s" }
  }
}
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "%(key)s"
  secret_key                  = "%(secret)s"
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints {
    ec2 = "%(endpoint)s"
    iam = "%(endpoint)s"
    sts = "%(endpoint)s"
    ssm = "%(endpoint)s"
  }
}
data "aws_ami" "debian" {
  most_recent = true
  owners      = ["136693071363"]
  filter {
    name   = "name"
    values = ["debian-12-amd64-*"]
  }
}
resource "aws_vpc" "main" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "terraform" }
}
resource "aws_subnet" "web" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.20.1.0/24"
  availability_zone       = "us-east-1a"
  map_public_ip_on_launch = true
}
resource "aws_internet_gateway" "gate" {
  vpc_id = aws_vpc.main.id
}
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.gate.id
  }
}
resource "aws_route_table_association" "web" {
  subnet_id      = aws_subnet.web.id
  route_table_id = aws_route_table.public.id
}
resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_key_pair" "key" {
  key_name   = "terraform"
  public_key = "%(public_key)s"
}
resource "aws_launch_template" "web" {
  name                   = "web"
  image_id               = data.aws_ami.debian.id
  instance_type          = "t3.micro"
  key_name               = aws_key_pair.key.key_name
  update_default_version = true
  user_data              = base64encode("#!/bin/sh\\necho terraform > /told\\n")
  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }
  network_interfaces {
    subnet_id                   = aws_subnet.web.id
    security_groups             = [aws_security_group.web.id]
    associate_public_ip_address = true
  }
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "by template" }
  }
}
resource "aws_instance" "templated" {
  launch_template {
    id      = aws_launch_template.web.id
    version = "$Latest"
  }
}
resource "aws_instance" "plain" {
  ami                    = data.aws_ami.debian.id
  instance_type          = "%(kind)s"
  subnet_id              = aws_subnet.web.id
  vpc_security_group_ids = [aws_security_group.web.id]
  tags                   = { Name = "plain" }
  root_block_device {
    volume_size = 10
  }
}
resource "aws_eip" "fixed" {
  domain   = "vpc"
  instance = aws_instance.plain.id
}
output "address" { value = aws_eip.fixed.public_ip }
output "templated" { value = aws_instance.templated.id }
"""


class Terraform:
    def __init__(self, folder, cloud, public_key):
        self.folder = folder
        self.values = {
            "provider": PROVIDER,
            "endpoint": f"http://127.0.0.1:{cloud.port}",
            "key": cloud.environment["AWS_ACCESS_KEY_ID"],
            "secret": cloud.environment["AWS_SECRET_ACCESS_KEY"],
            "public_key": public_key,
        }

    def write(self, **values):
        (self.folder / "main.tf").write_text(textwrap.dedent(MAIN) % {**self.values, **values})

    def run(self, *arguments, expected=(0,)):
        environment = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        done = subprocess.run(
            ["terraform", *arguments], cwd=self.folder, capture_output=True, text=True, env=environment, timeout=400
        )
        assert done.returncode in expected, f"terraform {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done

    def is_settled(self):
        """A second plan finds nothing to do."""
        done = self.run("plan", "-no-color", "-input=false", "-detailed-exitcode", expected=(0, 2))
        assert done.returncode == 0, done.stdout

    def output(self):
        return {name: one["value"] for name, one in json.loads(self.run("output", "-json").stdout).items()}


@pytest.fixture
def terraform(cloud, key, tmp_path):
    if shutil.which("terraform") is None:
        pytest.skip("SKIPPED: terraform is not installed here")
    public = subprocess.run(["ssh-keygen", "-y", "-f", key.file], capture_output=True, text=True, check=True).stdout.strip()
    terraform = Terraform(tmp_path, cloud, public)
    terraform.write(kind="t3.micro")
    done = terraform.run("init", "-no-color", "-input=false", expected=(0, 1))
    if done.returncode != 0:
        pytest.skip(f"SKIPPED: the AWS provider {PROVIDER} cannot be had here: {done.stderr[-300:]}")
    return terraform


def test_a_network_a_template_and_instances_come_stay_and_go(cloud, key, terraform):
    ec2 = cloud.client("ec2")
    apply = ("apply", "-no-color", "-input=false", "-auto-approve")
    terraform.run(*apply)
    terraform.is_settled()
    made = terraform.output()
    assert key.shell(made["address"], "hostname").startswith("ip-10-20-1-")
    templated = ec2.describe_instances(InstanceIds=[made["templated"]])["Reservations"][0]["Instances"][0]
    tags = {tag["Key"]: tag["Value"] for tag in templated["Tags"]}
    assert (tags["Name"], tags["aws:ec2launchtemplate:version"]) == ("by template", "1")
    assert templated["MetadataOptions"]["HttpTokens"] == "required"
    assert "terraform" in key.shell(templated["PublicIpAddress"], "cloud-init status --wait >/dev/null 2>&1; cat /told")

    terraform.write(kind="t3.small")
    terraform.run(*apply)
    terraform.is_settled()
    terraform.run("destroy", "-no-color", "-input=false", "-auto-approve")
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []
