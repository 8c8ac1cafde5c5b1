"""Terraform as a user runs it: a database with its groups and its secret is applied, found as it was left, changed, and destroyed."""

import json
import os
import shutil
import subprocess

import pytest
from botocore.exceptions import ClientError

MAIN = """
terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "5.100.0" } }
}
provider "aws" {
  region                  = "us-east-1"
  skip_metadata_api_check = true
  endpoints {
    ec2            = "ENDPOINT"
    iam            = "ENDPOINT"
    rds            = "ENDPOINT"
    secretsmanager = "ENDPOINT"
    sts            = "ENDPOINT"
  }
}
data "aws_vpc" "default" { default = true }
data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}
resource "aws_secretsmanager_secret" "password" {
  name                    = "terraform/db"
  description             = "the master password"
  recovery_window_in_days = 0
  tags                    = { made = "by terraform" }
}
resource "aws_secretsmanager_secret_version" "password" {
  secret_id     = aws_secretsmanager_secret.password.id
  secret_string = jsonencode({ username = "admin", password = "PASSWORD" })
}
resource "aws_db_subnet_group" "main" {
  name       = "terraform"
  subnet_ids = data.aws_subnets.default.ids
  tags       = { made = "by terraform" }
}
resource "aws_db_parameter_group" "main" {
  name   = "terraform"
  family = "mysql8.0"
  parameter {
    name  = "max_connections"
    value = "CONNECTIONS"
  }
  parameter {
    name         = "performance_schema"
    value        = "1"
    apply_method = "pending-reboot"
  }
}
"""

INSTANCE = """
resource "aws_db_instance" "main" {
  identifier             = "terraform"
  allocated_storage      = 20
  engine                 = "mysql"
  engine_version         = "8.0"
  instance_class         = "db.t3.micro"
  db_name                = "app"
  username               = "admin"
  password               = "PASSWORD"
  db_subnet_group_name   = aws_db_subnet_group.main.name
  parameter_group_name   = aws_db_parameter_group.main.name
  skip_final_snapshot    = true
  apply_immediately      = true
  tags                   = { made = "by terraform" }
}
output "address" { value = aws_db_instance.main.address }
"""


class Terraform:
    def __init__(self, folder, cloud):
        self.folder, self.cloud = folder, cloud

    def write(self, text, **values):
        for name, value in {"ENDPOINT": f"http://127.0.0.1:{self.cloud.port}", **values}.items():
            text = text.replace(name, value)
        (self.folder / "main.tf").write_text(text)

    def run(self, *arguments, codes=(0,)):
        environment = {**os.environ, **self.cloud.environment, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        command = ["terraform", arguments[0], "-no-color", *arguments[1:]]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, env=environment, timeout=600)
        assert done.returncode in codes, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done

    def apply(self):
        """Applies; a second plan then finds nothing to do."""
        self.run("apply", "-input=false", "-auto-approve")
        plan = self.run("plan", "-input=false", "-detailed-exitcode", codes=(0, 2))
        assert plan.returncode == 0, plan.stdout


@pytest.fixture
def terraform(cloud, tmp_path):
    if shutil.which("terraform") is None:
        pytest.skip("SKIPPED: terraform is not installed here")
    terraform = Terraform(tmp_path, cloud)
    terraform.write(MAIN, PASSWORD="first-password", CONNECTIONS="50")
    init = terraform.run("init", "-input=false", codes=(0, 1))
    if init.returncode != 0:
        pytest.skip(f"SKIPPED: the AWS provider 5.100.0 cannot be had here: {init.stderr[-300:]}")
    return terraform


def test_groups_and_secrets_come_stay_change_and_go(cloud, terraform):
    rds, secrets = cloud.client("rds"), cloud.client("secretsmanager")
    terraform.apply()
    value = json.loads(secrets.get_secret_value(SecretId="terraform/db")["SecretString"])
    assert value == {"username": "admin", "password": "first-password"}
    terraform.write(MAIN, PASSWORD="second-password", CONNECTIONS="60")
    terraform.apply()
    pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="terraform", Source="user")
    found = {one["ParameterName"]: one["ParameterValue"] for page in pages for one in page["Parameters"]}
    assert found == {"max_connections": "60", "performance_schema": "1"}
    previous = secrets.get_secret_value(SecretId="terraform/db", VersionStage="AWSPREVIOUS")["SecretString"]
    assert "first-password" in previous
    terraform.run("destroy", "-input=false", "-auto-approve")
    assert not [group for group in rds.describe_db_subnet_groups()["DBSubnetGroups"] if group["DBSubnetGroupName"] == "terraform"]
    assert not secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]


def test_an_instance_comes_stays_changes_and_goes(cloud, terraform):
    rds = cloud.client("rds")
    with pytest.raises(ClientError) as refused:
        rds.create_db_instance(DBInstanceIdentifier="x", DBInstanceClass="none", Engine="none")
    if refused.value.response["Error"]["Code"] == "NotImplemented":
        pytest.skip("SKIPPED: this cloud runs no database engines yet")
    terraform.write(MAIN + INSTANCE, PASSWORD="first-password", CONNECTIONS="50")
    terraform.apply()
    instance = rds.describe_db_instances(DBInstanceIdentifier="terraform")["DBInstances"][0]
    assert (instance["DBInstanceStatus"], instance["DBName"]) == ("available", "app")
    terraform.write((MAIN + INSTANCE).replace("db.t3.micro", "db.t3.small"), PASSWORD="second-password", CONNECTIONS="50")
    terraform.apply()
    assert rds.describe_db_instances()["DBInstances"][0]["DBInstanceClass"] == "db.t3.small"
    terraform.run("destroy", "-input=false", "-auto-approve")
    assert rds.describe_db_instances()["DBInstances"] == []
