"""Terraform as a user runs it: a network, then instances and an image in it, are applied, found as they were left, changed, destroyed."""

import subprocess

NETWORK = """
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
resource "aws_security_group" "app" {
  name        = "app"
  description = "rules of their own"
  vpc_id      = aws_vpc.main.id
}
resource "aws_vpc_security_group_ingress_rule" "from_web" {
  security_group_id            = aws_security_group.app.id
  referenced_security_group_id = aws_security_group.web.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = var.last_port
  tags                         = { Name = "from web" }
}
resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.app.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}
resource "aws_security_group_rule" "ping" {
  type              = "ingress"
  security_group_id = aws_security_group.app.id
  protocol          = "icmp"
  from_port         = -1
  to_port           = -1
  cidr_blocks       = [aws_vpc.main.cidr_block]
}
resource "aws_route_table" "private" {
  vpc_id = aws_vpc.main.id
}
resource "aws_route" "out" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.gate.id
}
resource "aws_main_route_table_association" "main" {
  vpc_id         = aws_vpc.main.id
  route_table_id = aws_route_table.private.id
}
resource "aws_network_interface" "front" {
  subnet_id       = aws_subnet.web.id
  private_ips     = ["10.20.1.100"]
  security_groups = [aws_security_group.web.id, aws_security_group.app.id]
  description     = "kept apart from its instance"
}
resource "aws_iam_role" "web" {
  name               = "terraform-web"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy_attachment" "web" {
  role       = aws_iam_role.web.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
resource "aws_iam_instance_profile" "web" {
  name = "terraform-web"
  role = aws_iam_role.web.name
}
resource "aws_key_pair" "key" {
  key_name   = "terraform"
  public_key = var.public_key
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
"""

INSTANCES = """
resource "aws_instance" "templated" {
  # Terraform would remove the template's tags from the instance, here as on AWS, if it were not told of them.
  tags = { Name = "by template" }
  launch_template {
    id      = aws_launch_template.web.id
    version = "$Latest"
  }
  # The provider hashes a template's user data twice (terraform-provider-aws issue 30825), here as on AWS.
  lifecycle { ignore_changes = [user_data] }
}
resource "aws_instance" "plain" {
  ami                    = data.aws_ami.debian.id
  instance_type          = var.kind
  key_name               = aws_key_pair.key.key_name
  subnet_id              = aws_subnet.web.id
  vpc_security_group_ids = [aws_security_group.web.id]
  iam_instance_profile   = aws_iam_instance_profile.web.name
  tags                   = { Name = "plain" }
  root_block_device {
    volume_size = 10
  }
}
resource "aws_instance" "faced" {
  ami           = data.aws_ami.debian.id
  instance_type = "t3.nano"
  network_interface {
    network_interface_id = aws_network_interface.front.id
    device_index         = 0
  }
}
resource "aws_ami_from_instance" "copy" {
  name                    = "terraform-copy"
  source_instance_id      = aws_instance.plain.id
  snapshot_without_reboot = true
}
resource "aws_eip" "fixed" {
  domain   = "vpc"
  instance = aws_instance.plain.id
}
resource "aws_eip" "front" {
  domain            = "vpc"
  network_interface = aws_network_interface.front.id
  depends_on        = [aws_instance.faced]
}
output "address" { value = aws_eip.fixed.public_ip }
output "front" { value = aws_eip.front.public_ip }
output "templated" { value = aws_instance.templated.id }
output "copy" { value = aws_ami_from_instance.copy.id }
"""


def public_key(key):
    return subprocess.run(["ssh-keygen", "-y", "-f", key.file], capture_output=True, text=True, check=True).stdout.strip()


def test_a_network_comes_stays_changes_and_goes(cloud, key, terraform):
    ec2, terraform = cloud.client("ec2"), terraform(cloud)
    terraform.apply(NETWORK, public_key=public_key(key), last_port=8081)
    terraform.apply(NETWORK, public_key=public_key(key), last_port=8090)
    terraform.destroy()
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []
    assert [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]] == []


def test_instances_come_stay_change_and_go(cloud, key, terraform):
    ec2, terraform = cloud.client("ec2"), terraform(cloud)
    variables = {"public_key": public_key(key), "last_port": 8081}
    terraform.apply(NETWORK + INSTANCES, kind="t3.micro", **variables)
    made = terraform.output()
    assert key.shell(made["address"], "hostname").startswith("ip-10-20-1-")
    templated = ec2.describe_instances(InstanceIds=[made["templated"]])["Reservations"][0]["Instances"][0]
    tags = {tag["Key"]: tag["Value"] for tag in templated["Tags"]}
    assert (tags["Name"], tags["aws:ec2launchtemplate:version"]) == ("by template", "1")
    assert templated["MetadataOptions"]["HttpTokens"] == "required"
    assert "terraform" in key.shell(templated["PublicIpAddress"], "cloud-init status --wait >/dev/null 2>&1; cat /told")
    assert ec2.describe_images(ImageIds=[made["copy"]])["Images"][0]["State"] == "available"

    terraform.apply(NETWORK + INSTANCES, kind="t3.small", **variables)
    terraform.destroy()
    assert made["copy"] not in [one["ImageId"] for one in ec2.describe_images(Owners=["self"])["Images"]]
