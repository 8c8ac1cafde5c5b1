"""Terraform as a user runs it: a database with its groups and its secret is applied, found as it was left, changed, and destroyed."""

import json

MAIN = """
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
  secret_string = jsonencode({ username = "admin", password = var.password })
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
    value = var.connections
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
  password               = var.password
  db_subnet_group_name   = aws_db_subnet_group.main.name
  parameter_group_name   = aws_db_parameter_group.main.name
  skip_final_snapshot    = true
  apply_immediately      = true
  tags                   = { made = "by terraform" }
}
output "address" { value = aws_db_instance.main.address }
"""


def test_groups_and_secrets_come_stay_change_and_go(cloud, terraform):
    rds, secrets, terraform = cloud.client("rds"), cloud.client("secretsmanager"), terraform(cloud)
    terraform.apply(MAIN, password="first-password", connections="50")
    value = json.loads(secrets.get_secret_value(SecretId="terraform/db")["SecretString"])
    assert value == {"username": "admin", "password": "first-password"}
    terraform.apply(MAIN, password="second-password", connections="60")
    pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="terraform", Source="user")
    found = {one["ParameterName"]: one["ParameterValue"] for page in pages for one in page["Parameters"]}
    assert found == {"max_connections": "60", "performance_schema": "1"}
    previous = secrets.get_secret_value(SecretId="terraform/db", VersionStage="AWSPREVIOUS")["SecretString"]
    assert "first-password" in previous
    terraform.destroy()
    assert not [group for group in rds.describe_db_subnet_groups()["DBSubnetGroups"] if group["DBSubnetGroupName"] == "terraform"]
    assert not secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]


def test_an_instance_comes_stays_changes_and_goes(cloud, terraform):
    rds, terraform = cloud.client("rds"), terraform(cloud)
    terraform.apply(MAIN + INSTANCE, password="first-password", connections="50")
    described = lambda: rds.describe_db_instances(DBInstanceIdentifier="terraform")["DBInstances"][0]
    instance = described()
    assert (instance["DBInstanceStatus"], instance["DBName"]) == ("available", "app")
    terraform.apply((MAIN + INSTANCE).replace("db.t3.micro", "db.t3.small"), password="second-password", connections="50")
    assert described()["DBInstanceClass"] == "db.t3.small"
    assert terraform.output()["address"] == described()["Endpoint"]["Address"]
    terraform.destroy()
    assert "terraform" not in {one["DBInstanceIdentifier"] for one in rds.describe_db_instances()["DBInstances"]}
